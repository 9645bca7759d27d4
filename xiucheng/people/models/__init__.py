"""Persons, departments and posts; tokens, sessions and second factors; delegations and imports.

A person signs in; a post acts. Rights come from the post's role (`rules.RIGHTS`), the place where they hold
from its `scope_codes`. History holds people by PROTECT: nobody who ever acted is deleted, only switched off.
"""

from xiucheng.people.models.access import ApiToken, PastPassword, RecoveryCode, Session, Totp
from xiucheng.people.models.crews import Crew
from xiucheng.people.models.delegation import Delegation
from xiucheng.people.models.imports import PeopleImport
from xiucheng.people.models.organisation import (
    DIVISION,
    Department,
    Person,
    Post,
    Role,
    credit_code_validator,
    division_validator,
)
from xiucheng.people.models.scope import LEVEL, ScopedQuerySet, inside

__all__ = [
    "DIVISION",
    "LEVEL",
    "ApiToken",
    "Crew",
    "Delegation",
    "Department",
    "PastPassword",
    "PeopleImport",
    "Person",
    "Post",
    "RecoveryCode",
    "Role",
    "ScopedQuerySet",
    "Session",
    "Totp",
    "credit_code_validator",
    "division_validator",
    "inside",
]
