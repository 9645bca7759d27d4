"""What the actions of this room share: the check of a right, of a form, and the record."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from xiucheng.kernel import audit
from xiucheng.kernel.errors import Refused
from xiucheng.people import queries, rules
from xiucheng.people.models import Person, Post, Role


def require(by: Post | None, right: rules.Right) -> None:
    """Refuse whoever lacks a right. `by` None is the system itself: the first administrator, the demo city.

    Raises: Refused 403, naming who may.
    """
    if by is None or right in by.rights:
        return
    who = _("、").join(str(Role(role.value).label) for role in rules.holders(right))
    raise Refused(_("您的岗位不能做这件事，请找%(who)s办理。") % {"who": who}, status=403, code="no_right")


def require_reach(by: Post | None, *divisions: str, field: str = "") -> None:
    """Refuse what lies beyond the divisions of an administrator's post; no division given means everywhere.

    Raises: Refused 403.
    """
    if by is None or not by.scope_codes:
        return
    outside = [code for code in divisions if not rules.reaches(by.scope_codes, code)]
    if outside or not divisions:
        what = outside[0] if outside else _("全部区划")
        raise Refused(
            _("%(what)s不在您的管辖范围内，请由上级管理员办理。") % {"what": what},
            status=403,
            field=field,
            code="beyond_reach",
        )


def require_person(by: Post | None, person: Person) -> None:
    """Refuse an administrator whom this person, or one of his posts, does not concern.

    Raises: Refused 404 if he is not to be seen, 403 if he also holds a post elsewhere.
    """
    if by is None or not by.scope_codes:
        return
    if not queries.people_seen_by(by).filter(pk=person.pk).exists():
        raise Refused(_("没有找到这个人，请从列表中选择。"), status=404, code="no_person")
    if beyond := queries.outside_reach(person, by):
        sentence = _("%(name)s还任%(post)s，不在您的管辖范围内，请由上级管理员办理。") % {
            "name": person.name,
            "post": " ".join(filter(None, (str(beyond.department or ""), beyond.get_role_display()))),
        }
        raise Refused(sentence, status=403, code="beyond_reach")


def check_form(row: Model, exclude: Collection[str] = ()) -> None:
    try:
        row.full_clean(exclude=set(exclude), validate_unique=False, validate_constraints=False)
    except ValidationError as errors:
        field, sentences = next(iter(errors.message_dict.items()))
        raise Refused(sentences[0], field="" if field == "__all__" else field, code="invalid") from errors


def record(
    by: Post | None,
    subject: str,
    before: object,
    after: object,
    at: datetime,
    *,
    owner: Person | None = None,
) -> None:
    """owner: whose account it is, where he did it himself, in no post."""
    name, person = (owner.username, owner.pk) if owner else (audit.SYSTEM, None)
    audit.record(
        by=by.signature if by else name,
        person=by.person_id if by else person,
        subject=subject,
        before=before,
        after=after,
        kind="people",
        at=at,
    )
