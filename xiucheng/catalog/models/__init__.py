"""Tables of the catalogue."""

from xiucheng.catalog.models.forms import ExtraField
from xiucheng.catalog.models.listing import (
    Category,
    Confidence,
    Duty,
    FallbackDuty,
    Kind,
    Standard,
    Term,
)
from xiucheng.catalog.models.revisions import Revision, RevisionItem

__all__ = [
    "Category",
    "Confidence",
    "Duty",
    "ExtraField",
    "FallbackDuty",
    "Kind",
    "Revision",
    "RevisionItem",
    "Standard",
    "Term",
]
