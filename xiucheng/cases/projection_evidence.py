"""How photos and what is published of a case fold. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from xiucheng.cases.state import CaseState, EventRecord, Evidence


def with_evidence(state: CaseState, event: EventRecord) -> CaseState:
    added = tuple(
        Evidence(UUID(item["file"]), event.seq, item["purpose"], shown=covered(item))
        for item in event.data.get("evidence", ())
    )
    return replace(state, evidence=state.evidence + added) if added else state


def on_release(state: CaseState, event: EventRecord) -> CaseState:
    files = {UUID(file) for file in event.data["files"]}
    copies = {UUID(file): covered({"shown": copy}) for file, copy in event.data.get("shown", {}).items()}
    evidence = tuple(
        replace(item, released=item.file in files, shown=copies.get(item.file, item.shown))
        for item in state.evidence
    )
    return replace(state, public_words=event.data["words"], evidence=evidence)


def covered(item: Mapping[str, Any]) -> UUID | None:
    """The copy with parts covered, if the event names one; its hash binds it to the ledger."""
    copy = item.get("shown")
    return UUID(copy["file"]) if copy else None
