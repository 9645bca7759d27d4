"""Which webhook hears of which event, and what it is told: numbers and codes, no person, no words of a person. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from xiucheng.cases.words import Step
from xiucheng.live.rules.scope import CaseFacts, inside

NEVER = frozenset({Step.DISCLOSE, Step.NOTE, Step.RELEASE})  # what staff do among themselves


def wants(events: Collection[str], codes: Collection[str], step: str, case: CaseFacts) -> bool:
    """events: steps, none for all. codes: divisions, none for the whole city."""
    return step not in NEVER and (not events or step in events) and (not codes or inside(codes, case))


def payload(delivery: str, event: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent. Descriptions, addresses, notes and people stay at home: who may know them asks the API, with a token.

    event: id, step, at (text), seq; case: the columns of `FIELDS`.
    """
    return {
        "delivery": delivery,
        "event": f"case.{event['step']}",
        "id": event["id"],
        "at": event["at"],
        "case": {name: case[name] for name in FIELDS} | {"version": event["seq"]},
    }


FIELDS = (
    "number", "case_number", "stage", "category", "channel", "urgent", "county", "township", "community", "unit_grid",
    "reported_at", "due_at",
)  # fmt: skip
