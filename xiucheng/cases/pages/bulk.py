"""Several cases at once: what is asked is asked for every case, and each gets its own verdict."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from xiucheng.cases import actions
from xiucheng.cases.api.lookups import Asked
from xiucheng.cases.forms import PLAIN, Choices, Offer, StepForm
from xiucheng.cases.models import Case
from xiucheng.cases.pages.common import way_back
from xiucheng.cases.pages.offers import Lookups, arguments
from xiucheng.cases.pages.steps import key_typed, step_of, suggested
from xiucheng.cases.store import states_of
from xiucheng.cases.words import STEP_NAMES, Step
from xiucheng.catalog import queries as catalog
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Post
from xiucheng.people.queries import acting_post
from xiucheng.people.rules import Role

MOST = 30  # forms on one page
MOST_PLAIN = 100  # where nothing is asked
# What each role does to several cases at once; everybody may note.
STEPS: dict[str, tuple[Step, ...]] = {
    Role.INTAKE: (Step.ACCEPT, Step.REQUEST_VERIFY, Step.REQUEST_CHECK),
    Role.SHIFT_LEADER: (Step.FILE, Step.CLOSE, Step.DECIDE_SUSPEND, Step.CONFIRM_RETURN, Step.SUPERVISE),
    Role.DISPATCHER: (Step.DISPATCH, Step.FORWARD, Step.DECIDE_RETURN, Step.DECIDE_EXTEND, Step.REMIND),
    Role.DEPARTMENT: (Step.TAKE, Step.ASSIGN, Step.HANDLE, Step.EXTEND, Step.ANSWER_SUPERVISE),
    Role.GRID_WORKER: (Step.TAKE, Step.HANDLE, Step.EXTEND),
    Role.LEADER: (Step.INSTRUCT, Step.SUPERVISE, Step.SIGN_VOID),
}
HEADS = (Step.REVIEW_EXTEND,)
SHARED = ("departments", "crews")  # choices that do not differ between the cases of one person


@dataclass(slots=True)
class Row:
    """One case on the page: its form, and what came of it."""

    case: Case
    form: StepForm
    title: str
    done: bool = False


def steps_for(post: Post) -> list[dict[str, str]]:
    """The buttons above a list."""
    wanted = (*STEPS.get(post.role, ()), *(HEADS if post.is_head else ()), Step.NOTE)
    rights = {right.value for right in post.rights}
    return [{"step": step.value, "name": _(STEP_NAMES[step])} for step in wanted if step.value in rights]


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """The forms of the marked cases, then their verdicts. What is refused stays on the page with what was typed."""
    post, step = acting_post(request), step_of(request.POST.get("step", ""))
    if step.value not in {one["step"] for one in steps_for(post)}:
        raise Refused(_("这个操作要逐件办理。"), field="step")
    numbers = list(dict.fromkeys(request.POST.getlist("case")))
    back = way_back(request, f"{reverse('desk')}?tab={request.POST.get('tab', '')}")
    most = MOST_PLAIN if step in PLAIN else MOST
    if not numbers:
        messages.warning(request, _("没有勾选案件：按 X 勾选以后再办。"))
        return HttpResponseRedirect(back)
    if len(numbers) > most:
        messages.warning(request, _("一次最多办 %(most)d 件，请少勾选一些。") % {"most": most})
        return HttpResponseRedirect(back)
    cases = found(post, numbers)
    going = "go" in request.POST or step in PLAIN
    rows = rows_of(request, post, step, cases, typed="go" in request.POST)
    if going:
        for row in rows:
            row.done = do(request, post, step, row)
        return verdicts(request, step, rows, back, len(numbers) - len(cases))
    return page(request, step, rows, back)


def found(post: Post, numbers: list[str]) -> list[Case]:
    """Those that the post may see, in the order in which they were marked."""
    known = {case.number: case for case in Case.seen_by(post).filter(number__in=numbers)}
    return [known[number] for number in numbers if number in known]


class SharedLookups:
    """The choices of one case; those that all cases share are looked up once."""

    def __init__(self, own: Lookups, kept: dict[str, Choices]) -> None:
        self.own, self.kept = own, kept

    def __call__(self, name: str) -> Choices:
        if name not in SHARED:
            return self.own(name)
        if name not in self.kept:
            self.kept[name] = self.own(name)
        return self.kept[name]


def rows_of(request: HttpRequest, post: Post, step: Step, cases: list[Case], *, typed: bool) -> list[Row]:
    states, rows = states_of(cases), []
    kept: dict[str, Choices] = {}
    for case in cases:
        prefix = case.number
        own = Lookups(states[case.pk], post, key_typed(request.POST.get(f"{prefix}-category", "")))
        initial = own.initial(step) | suggested(case, post, step)
        data = data_of(request, prefix, step) if typed else None
        files = request.FILES if typed else None
        form = StepForm(step, Offer(SharedLookups(own, kept), initial), data, files, prefix=prefix)
        rows.append(Row(case, form, catalog.category_name(case.category) or _("案件")))
    return rows


def data_of(request: HttpRequest, prefix: str, step: Step) -> Any:
    """What was typed for one case; where its own note is empty, the note for all stands in."""
    data = request.POST.copy()
    if not data.get(f"{prefix}-note", "").strip():
        data[f"{prefix}-note"] = data.get("all-note", "")
    return data


def do(request: HttpRequest, post: Post, step: Step, row: Row) -> bool:
    """One case. A refusal stands beside its form, and harms no other case."""
    form = row.form
    if not form.is_bound:  # a plain step asks for nothing
        form = row.form = StepForm(step, Offer(lambda name: [], {}), {}, prefix=row.case.number)
    if not form.is_valid():
        return False
    try:
        given = arguments(step, form.cleaned_data, Asked(post, row.case))
        actions.STEPS[step](case_id=row.case.pk, by=post, **given)
    except Refused as refusal:
        form.refuse(refusal)
        return False
    return True


def verdicts(request: HttpRequest, step: Step, rows: list[Row], back: str, unknown: int) -> HttpResponse:
    done = [row for row in rows if row.done]
    left = [row for row in rows if not row.done]
    if done:
        text = ngettext("已办理 %(count)d 件：%(step)s", "已办理 %(count)d 件：%(step)s", len(done))
        messages.success(request, text % {"count": len(done), "step": _(STEP_NAMES[step])})
    if unknown:
        text = ngettext(
            "有 %(count)d 件不在您的范围内，没有办。", "有 %(count)d 件不在您的范围内，没有办。", unknown
        )
        messages.error(request, text % {"count": unknown})
    if not left:
        return HttpResponseRedirect(back)
    return page(request, step, left, back, done=done, status=422)


def page(
    request: HttpRequest,
    step: Step,
    rows: list[Row],
    back: str,
    *,
    done: list[Row] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "step": step.value,
        "name": _(STEP_NAMES[step]),
        "rows": rows,
        "done": done or [],
        "back": back,
        "asks_note": bool(rows) and "note" in rows[0].form.fields,
        "all_note": request.POST.get("all-note", ""),
        "asks": bool(rows) and bool(rows[0].form.fields),
    }
    return render(request, "cases/bulk.html", context, status=status)
