"""Tables of the closed loop. Rows of Case, Leg, Clock, Request, Evidence are the fold of the ledger's events:
only `store.py` writes them, and `rebuild_cases --check` compares them with the events.

Foreign keys to people use PROTECT: history holds them. `Case` has no `objects`: forgetting the scope fails closed.
"""

from xiucheng.cases.models.beside import (
    Notice,
    NoticeChoice,
    NoticeMark,
    NoticeRead,
    Receipt,
    Reporter,
)
from xiucheng.cases.models.case import Case, CaseQuerySet
from xiucheng.cases.models.cells import CaseCell
from xiucheng.cases.models.ledger import CaseEvent
from xiucheng.cases.models.lists import CaseExport, ListChoice, SavedFilter, Sharing
from xiucheng.cases.models.parts import CaseFile, Clock, Leg, Request
from xiucheng.cases.models.search import CaseToIndex, CaseToken

__all__ = [
    "Case",
    "CaseCell",
    "CaseEvent",
    "CaseExport",
    "CaseFile",
    "CaseQuerySet",
    "CaseToIndex",
    "CaseToken",
    "Clock",
    "Leg",
    "ListChoice",
    "Notice",
    "NoticeChoice",
    "NoticeMark",
    "NoticeRead",
    "Receipt",
    "Reporter",
    "Request",
    "SavedFilter",
    "Sharing",
]
