"""What a drafted change may say, and who may approve it. Pure.

`after` of an item holds texts: what was typed, checked here, and read again when it is approved.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LOW = "low"

STANDARD_FIELDS = (
    "area_grade",
    "filing_condition",
    "amount",
    "unit",
    "season",
    "closing_condition",
    "source",
    "confidence",
)
DUTY_FIELDS = ("lead", "cooperating", "legal_basis", "procedure", "source")
CATEGORY_FIELDS = ("class_code", "class_name", "subclass_code", "name", "dept_type", "source", "note")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of an item: its old and its new text; one of them empty where a row begins or ends."""

    field: str
    before: str
    after: str


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """The fields whose text changes, in the order of `after`.

    >>> differences({"amount": "4", "unit": "工作时"}, {"amount": "6", "unit": "工作时"})
    [Difference(field='amount', before='4', after='6')]
    """
    names = [*after, *(name for name in before if name not in after)]
    pairs = ((name, str(before.get(name, "")), str(after.get(name, ""))) for name in names)
    return [Difference(name, old, new) for name, old, new in pairs if old != new]


def needs_leader(confidences: Iterable[str]) -> bool:
    """A limit of low confidence scores nobody until a leader has approved it (practice 11 [F])."""
    return LOW in confidences


def why_not_approve(
    *, drafter: int, approver: int, manages: bool, approves_standards: bool, low: bool
) -> str:
    """Why this person may not approve, as a word («self», «right», «low»); «» where he may.

    drafter, approver: ids of persons, not posts: two posts of one person are not two persons (practice 1).

    >>> why_not_approve(drafter=1, approver=1, manages=True, approves_standards=False, low=False)
    'self'
    >>> why_not_approve(drafter=1, approver=2, manages=True, approves_standards=False, low=True)
    'low'
    """
    if drafter == approver:
        return "self"
    if not (manages or approves_standards):
        return "right"
    return "low" if low and not approves_standards else ""
