"""A reporter's own report: progress in plain words, the rating, «没解决?», the answer to a question."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xiucheng.cases import actions, queries
from xiucheng.cases.forms import RATINGS, PhotosField
from xiucheng.cases.pages.common import stored
from xiucheng.cases.queries import Progress
from xiucheng.cases.queries.public import own_case
from xiucheng.cases.words import Stage
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files.pages import serve

# How far along a report is, for the stitched line: citizens see no stage names, only that it moves.
FAR = {
    Stage.REPORTED: 8,
    Stage.VERIFYING: 20,
    Stage.ACCEPTED: 28,
    Stage.FILED: 36,
    Stage.ARBITRATING: 40,
    Stage.HANDLING: 55,
    Stage.REPLIED: 72,
    Stage.TO_CHECK: 78,
    Stage.CHECKING: 85,
    Stage.CHECKED: 93,
}


@require_safe
def follow(request: HttpRequest) -> HttpResponse:
    """The form; with number and code it leads to the progress."""
    number, code = request.GET.get("number", "").strip(), request.GET.get("code", "").strip()
    if number and code:
        return HttpResponseRedirect(progress_url(number, code))
    error = _("受理号和查询码都要填写。") if number or code else ""
    context = {"number": number, "error": error}
    return render(request, "cases/follow.html", context, status=422 if error else 200)


def progress_url(number: str, code: str) -> str:
    return f"{reverse('progress', args=[number])}?{urlencode({'code': code})}"


@never_cache
@require_safe
def progress(request: HttpRequest, number: str) -> HttpResponse:
    """Where a report stands. A wrong code is answered like an unknown number: 404."""
    code = request.GET.get("code", "")
    try:
        found = queries.public_progress(number, code)
    except Refused as refusal:
        context = {"number": number, "error": refusal.said(_)}
        return render(request, "cases/follow.html", context, status=refusal.status)
    return shown(request, found, code)


def shown(request: HttpRequest, found: Progress, code: str, status: int = 200, **more: Any) -> HttpResponse:
    ended = found.stage in (Stage.CLOSED, Stage.REFUSED, Stage.DECLINED, Stage.VOID) or found.closed_at
    context = {
        "progress": found,
        "code": code,
        "ratings": RATINGS,
        "rating_words": dict(RATINGS).get(found.rating, ""),
        "share": 100 if ended else FAR.get(Stage(found.stage), 50),
        "state": "ok" if ended else "mine",
    }
    return free(render(request, "cases/progress.html", context | more, status=status))


@require_POST
def rate(request: HttpRequest, number: str) -> HttpResponse:
    """满意, 基本满意, 不满意."""
    case = own_case(number, request.POST.get("code", ""))
    actions.rate(
        case_id=case.pk, rating=request.POST.get("rating", ""), note=request.POST.get("note", "").strip()
    )
    return said(request, _("谢谢您的评价"), _("您的评价已记下，会用来改进工作。"))


@require_POST
def reopen(request: HttpRequest, number: str) -> HttpResponse:
    """没解决? A request; another inspector goes and looks."""
    code, note = request.POST.get("code", ""), request.POST.get("note", "").strip()
    case = own_case(number, code)
    try:
        actions.reopen(case_id=case.pk, note=note, photos=photos_of(request))
    except Refused as refusal:
        found = queries.public_progress(number, code)
        return shown(request, found, code, refusal.status, reopen_error=refusal.said(_), reopen_note=note)
    return said(request, _("已收到您的要求"), _("会另派一位监督员到现场查看，结果会写在进度里。"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The reporter's answer to a question, by the link that came with it."""
    case, wish = queries.question_of(token)
    question = {"number": case.number, "words": wish.reason, "until": wish.due_at}
    if request.method != "POST":
        return free(render(request, "cases/answer.html", {"question": question}))
    note = request.POST.get("note", "").strip()
    try:
        actions.answer_ask(case_id=case.pk, note=note, photos=photos_of(request))
    except Refused as refusal:
        context = {"question": question, "note": note, "error": refusal.said(_)}
        return render(request, "cases/answer.html", context, status=refusal.status)
    return said(request, _("收到，谢谢您"), _("您的补充已转给受理员，我们接着办。"))


@require_safe
def photo(request: HttpRequest, number: str, file: Any) -> HttpResponse:
    """A released photo of one's own report."""
    return free(serve(queries.public_file(number, request.GET.get("code", ""), file)))


def photos_of(request: HttpRequest) -> list[Any]:
    """Photos sent along. Raises: Refused 422."""
    field = PhotosField(required=False)
    return stored(field.clean(request.FILES.getlist("photos")))


def said(request: HttpRequest, title: str, sentence: str) -> HttpResponse:
    return free(render(request, "cases/said.html", {"title": title, "sentence": sentence}))


def free(response: Any) -> Any:
    """A right code or token costs nothing at the door."""
    response.free = True
    return response
