"""One case: what is to be done now, what happened, on whose word; the panel of the desk; its photos."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xiucheng.cases import queries
from xiucheng.cases.actions import STEPS, read_notices
from xiucheng.cases.forms import FIELDS
from xiucheng.cases.models import Case
from xiucheng.cases.pages import show
from xiucheng.cases.pages.desk import case_url
from xiucheng.cases.pages.names import Names, limit_words, listed, with_more
from xiucheng.cases.pages.offers import suggestion
from xiucheng.cases.queries import CaseView, Possible
from xiucheng.cases.queries.lists import rows_for
from xiucheng.cases.queries.page import contact
from xiucheng.cases.store import state_of
from xiucheng.cases.words import Step
from xiucheng.catalog import extra
from xiucheng.catalog import queries as catalog
from xiucheng.kernel.files.pages import serve
from xiucheng.people.queries import acting_post
from xiucheng.territory.models import Division

# The letter of a step; one letter is free to mean two things that no one post may do on one case.
KEYS: dict[Step, str] = {
    Step.ACCEPT: "a",
    Step.REQUEST_VERIFY: "v",
    Step.ANSWER_VERIFY: "v",
    Step.PROPOSE: "p",
    Step.FILE: "f",
    Step.DECLINE: "n",
    Step.REFUSE: "n",
    Step.DISPATCH: "d",
    Step.TAKE: "t",
    Step.HANDLE: "h",
    Step.ASSIGN: "p",
    Step.INSTRUCT: "n",
    Step.FORWARD: "f",
    Step.SEND_BACK: "b",
    Step.RETURN: "b",
    Step.EXTEND: "e",
    Step.SUSPEND: "s",
    Step.REQUEST_CHECK: "c",
    Step.ANSWER_CHECK: "c",
    Step.CLOSE: "c",
    Step.REWORK: "w",
    Step.MERGE: "m",
    Step.ASK: "q",
    Step.MARK_URGENT: "u",
    Step.SUPERVISE: "s",
    Step.DECIDE_RETURN: "b",
    Step.DECIDE_EXTEND: "e",
    Step.DECIDE_SUSPEND: "s",
    Step.NOTE: "z",
}
# What drives a case on, in the order in which it is offered; the rest follows.
FORWARD = (
    Step.ACCEPT,
    Step.ANSWER_VERIFY,
    Step.FILE,
    Step.REQUEST_VERIFY,
    Step.DECIDE_RETURN,
    Step.DECIDE_EXTEND,
    Step.DECIDE_SUSPEND,
    Step.CONFIRM_RETURN,
    Step.REVIEW_EXTEND,
    Step.ARBITRATE,
    Step.SIGN_VOID,
    Step.DISPATCH,
    Step.TAKE,
    Step.HANDLE,
    Step.ASSIGN,
    Step.ANSWER_SUPERVISE,
    Step.FORWARD,
    Step.REQUEST_CHECK,
    Step.ANSWER_CHECK,
    Step.CLOSE,
    Step.REVIEW_APPEAL,
    Step.DECIDE_APPEAL,
    Step.CALLBACK,
)
# Not offered as a button: it stands beside the reporter whose contact it shows.
ELSEWHERE = frozenset({Step.DISCLOSE})
# «Why can't I?» is asked of these; in the bar of the desk only they get a sentence, and not for their stage alone.
ASKED_FOR = frozenset({Step.FILE, Step.HANDLE, Step.EXTEND, Step.SUSPEND, Step.CLOSE, Step.ANSWER_CHECK})
SELF_EVIDENT = frozenset({"wrong_stage"})
PANEL_ACTIONS = 6
VARIANTS = {"medium": "public", "thumb": "thumb"}


@require_safe
def case(request: HttpRequest, number: str) -> HttpResponse:
    """The whole case. Its timeline tells what its messages said, so opening it reads them."""
    post = acting_post(request)
    view = queries.case_page(post, number)
    if request.method == "GET":
        read_notices(by=post, case_id=view.case.pk)
    names = Names().want(Division, [view.case.county, view.case.township, *view.case.near])
    row = show.row_of(
        rows_for([view.case], department=post.department_id if post.department_only else None)[0],
        names,
        others=1 + len(view.merged) if view.merged else 0,
    )
    may, may_not = offered(view.steps)
    story = show.timeline(view, names)
    photos, more = show.chosen(show.photos(view, names))
    context = {
        "instructions": [
            line for line, item in zip(story, view.events, strict=True) if item.event.step == Step.INSTRUCT
        ],
        "case": view.case,
        "row": row,
        "near": [names.division(code) for code in view.case.near],
        "stages": show.stages(view.case, moment),
        "photos": photos,
        "more_photos": more,
        "timeline": story,
        "clocks": show.clocks(view, names),
        "whose": show.whose_turn(view, names),
        "may": may,
        "may_not": may_not,
        "back": request.path,
        "facts": facts(view, names),
        "may_disclose": any(p.step is Step.DISCLOSE and p.allowed for p in view.steps),
        "disclosed": contact(post, view.case),
        "ledger": ledger(view),
        "longitude": view.case.lon_e7 / show.E7,
        "latitude": view.case.lat_e7 / show.E7,
        "points": [],
    }
    return render(request, "cases/case.html", context)


def moment(at: Any) -> str:
    return localtime(at).strftime("%m-%d %H:%M")


def offered(steps: tuple[Possible, ...]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The buttons, the main one first, and the sentences why not the others."""
    rank = {step: place for place, step in enumerate(FORWARD)}
    known = [p for p in steps if p.step in STEPS and p.step in FIELDS and p.step not in ELSEWHERE]
    allowed = sorted((p for p in known if p.allowed), key=lambda p: rank.get(p.step, len(rank)))
    used: set[str] = set()
    buttons = []
    for place, possible in enumerate(allowed):
        key = KEYS.get(possible.step, "")
        key = "" if key in used else key
        used.add(key)
        main = place == 0 and possible.step in rank
        buttons.append({"step": possible.step.value, "name": possible.name, "key": key, "main": main})
    refused = [
        {"name": p.name, "why": p.reason, "matters": p.step in ASKED_FOR and p.code not in SELF_EVIDENT}
        for p in known
        if not p.allowed
    ]
    return buttons, refused


def facts(view: CaseView, names: Names) -> list[tuple[str, str]]:
    """主办, 协办, 依据, 类别 and what else explains the case."""
    case, found = view.case, []
    if case.category:
        found.append((_("类别"), with_more(catalog.category_name(case.category), case.category)))
    found += extra.shown(case.category, view.state.answers)
    held = [leg for leg in view.legs if leg.state != "returned"]
    for lead, word in ((True, _("主办")), (False, _("协办"))):
        parts = [
            f"{names.department(leg.department_id)} · {leg.get_state_display()}"
            for leg in held
            if leg.lead is lead
        ]
        if parts:
            found.append((word, _("；").join(parts)))
    if case.standard_id and (row := catalog.standard_by_id(case.standard_id)):
        limit = _("处置 %(limit)s") % {"limit": limit_words(row.limit)}
        found.append((_("依据"), _("；").join((row.filing_condition, limit))))
        found.append((_("结案条件"), row.closing_condition))
    waiting = show.open_requests(view)
    if waiting:
        found.append((_("待审批"), listed(waiting)))
    if view.merged:
        found.append((_("并入本案"), listed(view.merged)))
    if case.merged_into_id:
        parent = Case.unscoped.filter(pk=case.merged_into_id).first()
        found.append((_("已并入"), str(parent)))
    if case.reason:
        found.append((_("理由"), case.reason))
    if case.rating:
        found.append((_("评价"), str(show.RATING_WORDS.get(case.rating, case.rating))))
    return found


def ledger(view: CaseView) -> dict[str, str]:
    """How many records, and the head of the chain as the row holds it against the last event's."""
    last = view.events[-1].event
    whole = bytes(last.hash) == bytes(view.case.head_hash) and last.seq == len(view.events)
    digest = bytes(view.case.head_hash).hex()
    words = _("%(count)d 条 · SM3 %(head)s…%(tail)s") % {
        "count": len(view.events),
        "head": digest[:4],
        "tail": digest[-2:],
    }
    if whole:
        return {"state": "ok-words", "words": words}
    return {"state": "error", "words": words + _("，与案件不一致，请报告审计员")}


@require_safe
def panel(request: HttpRequest, number: str) -> HttpResponse:
    """The bar under the list: clocks, suggestion with its why, actions."""
    post = acting_post(request)
    found = queries.find(number, post)
    state = state_of(found)
    names = Names().want(Division, [found.county, found.township])
    line = rows_for([found], department=post.department_id if post.department_only else None)[0]
    may, may_not = offered(queries.possible_steps(post, state))
    context = {
        "case": found,
        "row": show.row_of(line, names),
        "may": may[:PANEL_ACTIONS],
        "may_not": may_not,
        "suggestion": suggestion(found, names),
        "back": back_to_desk(request),
    }
    return render(request, "cases/_panel.html", context)


def back_to_desk(request: HttpRequest) -> str:
    """The desk with the tab on which the panel was opened."""
    came = urlsplit(request.headers.get("HX-Current-URL", ""))
    tab = parse_qs(came.query).get("tab", [""])[0]
    return reverse("desk") + (f"?{urlencode({'tab': tab})}" if tab else "")


@require_safe
def photo(request: HttpRequest, number: str, file: UUID) -> HttpResponseBase:
    """A photo of a case that the post may see."""
    row = queries.case_file(acting_post(request), number, file)
    shown = (row.shown or row.file) if request.GET.get("shown") else row.file
    return serve(shown, VARIANTS.get(request.GET.get("size", ""), "original"))


__all__ = ["case", "case_url", "panel", "photo"]
