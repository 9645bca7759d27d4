"""What the actions of this room share: the check of a right, of a form, and the record."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from xiucheng.kernel import audit
from xiucheng.kernel.errors import Refused
from xiucheng.people import rules
from xiucheng.people.models import Post, Role


def require(by: Post | None, right: rules.Right) -> None:
    """Refuse whoever lacks a right. `by` None is the system itself: the first administrator, the demo city.

    Raises: Refused 403, naming who may.
    """
    if by is None or right in by.rights:
        return
    who = _("、").join(str(Role(role.value).label) for role in rules.holders(right))
    raise Refused(_("您的岗位不能做这件事，请找%(who)s办理。") % {"who": who}, status=403, code="no_right")


def check_form(row: Model, exclude: Collection[str] = ()) -> None:
    try:
        row.full_clean(exclude=set(exclude), validate_unique=False, validate_constraints=False)
    except ValidationError as errors:
        field, sentences = next(iter(errors.message_dict.items()))
        raise Refused(sentences[0], field="" if field == "__all__" else field, code="invalid") from errors


def record(by: Post | None, subject: str, before: object, after: object, at: datetime) -> None:
    who = f"{by.person.username} ({by.role})" if by else audit.SYSTEM
    audit.record(
        by=who,
        person=by.person_id if by else None,
        subject=subject,
        before=before,
        after=after,
        kind="people",
        at=at,
    )
