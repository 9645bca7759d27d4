"""What the actions of this room share: the check of a form, and the record."""

from django.core.exceptions import ValidationError
from django.db.models import Model

from xiucheng.kernel import audit
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Post


def check_form(row: Model) -> None:
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)  # the store has the last word
    except ValidationError as errors:
        field, sentences = next(iter(errors.message_dict.items()))
        raise Refused(sentences[0], field="" if field == "__all__" else field, code="invalid") from errors


def record(by: Post | None, subject: str, before: object, after: object) -> None:
    audit.record(
        by=by.signature if by else audit.SYSTEM,
        person=by.person_id if by else None,
        subject=subject,
        before=before,
        after=after,
        kind="catalog",
    )
