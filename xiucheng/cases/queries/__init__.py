"""Every read of cases that is more than one line. Scope first: each begins with `Case.seen_by(post)` or a code."""

from xiucheng.cases.queries.asked import filter_of, written
from xiucheng.cases.queries.columns import cells
from xiucheng.cases.queries.desk import AT_ONCE, Desk, Tab, desk
from xiucheng.cases.queries.desk import more as more_of_desk
from xiucheng.cases.queries.fields import FIELDS, CaseFilter, Field, Kind
from xiucheng.cases.queries.found import narrowed
from xiucheng.cases.queries.lists import CAPPED, SORTS, CasePage, CaseRow, cases, count, nearby
from xiucheng.cases.queries.notices import NoticePage, choice_of, notices, unread, unread_words
from xiucheng.cases.queries.page import (
    CaseView,
    ClockView,
    EventView,
    Possible,
    case_file,
    case_page,
    find,
    possible_steps,
    suggestion,
)
from xiucheng.cases.queries.public import Progress, ask_token, public_file, public_progress, question_of

__all__ = [
    "AT_ONCE",
    "CAPPED",
    "FIELDS",
    "SORTS",
    "CaseFilter",
    "CasePage",
    "CaseRow",
    "CaseView",
    "ClockView",
    "Desk",
    "EventView",
    "Field",
    "Kind",
    "NoticePage",
    "Possible",
    "Progress",
    "Tab",
    "ask_token",
    "case_file",
    "case_page",
    "cases",
    "cells",
    "choice_of",
    "count",
    "desk",
    "filter_of",
    "find",
    "more_of_desk",
    "narrowed",
    "nearby",
    "notices",
    "possible_steps",
    "public_file",
    "public_progress",
    "question_of",
    "suggestion",
    "unread",
    "unread_words",
    "written",
]
