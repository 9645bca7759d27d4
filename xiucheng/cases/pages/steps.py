"""One form, one action: the page of a step, whole or as the fragment that HTMX puts beside the case."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from xiucheng.cases import actions, queries
from xiucheng.cases.api.lookups import Asked
from xiucheng.cases.forms import FIELDS, Offer, StepForm
from xiucheng.cases.models import Case
from xiucheng.cases.pages.common import way_back
from xiucheng.cases.pages.names import Names
from xiucheng.cases.pages.offers import Lookups, arguments, suggestion
from xiucheng.cases.questions import category_typed
from xiucheng.cases.store import state_of
from xiucheng.cases.words import STEP_NAMES, Step
from xiucheng.catalog import queries as catalog
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Post
from xiucheng.people.queries import acting_post


def step_of(name: str) -> Step:
    """A step by the word of its address. Raises: Refused 404."""
    try:
        step = Step(name)
    except ValueError:
        step = None  # type: ignore[assignment]
    if step not in actions.STEPS:
        raise Refused(_("没有这个操作，请从案件页重新进入。"), status=404, code="no_step")
    return step


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """The form of a step, and its doing."""
    post, wanted = acting_post(request), step_of(name)
    case = queries.find(number, post)
    back = way_back(request, reverse("case", args=[case.number]))
    if request.method == "POST" and "look" not in request.POST:
        return do(request, case, post, wanted, back)
    return page(request, case, post, wanted, back, typed=request.POST or request.GET)


def do(request: HttpRequest, case: Case, post: Post, wanted: Step, back: str) -> HttpResponse:
    state = state_of(case)
    lookup = Lookups(state, post, key_typed(request.POST.get("category", "")))
    offer = Offer(lookup, lookup.answered(wanted), lookup.questions(wanted))
    form = StepForm(wanted, offer, request.POST, request.FILES)
    status = 422
    if form.is_valid():
        try:
            given = arguments(wanted, form.cleaned_data, Asked(post, case))
            actions.STEPS[wanted](case_id=case.pk, by=post, version=version(request), **given)
        except Refused as refusal:
            status = form.refuse(refusal)
        else:
            messages.success(
                request, _("已办理：%(step)s · %(case)s") % {"step": _(STEP_NAMES[wanted]), "case": case}
            )
            return leave(request, back)
    return shown(request, case, wanted, form, back, status)


def page(
    request: HttpRequest, case: Case, post: Post, wanted: Step, back: str, typed: Any = None
) -> HttpResponse:
    """The empty form, started with what is known and what is suggested."""
    state = state_of(case)
    lookup = Lookups(state, post, key_typed((typed or {}).get("category", "")))
    kept = {name: typed[name] for name in ("category", "note") if typed and typed.get(name)}
    initial = lookup.initial(wanted) | suggested(case, post, wanted) | kept
    offer = Offer(lookup, initial, lookup.questions(wanted))
    return shown(request, case, wanted, StepForm(wanted, offer), back, 200)


def suggested(case: Case, post: Post, wanted: Step) -> dict[str, Any]:
    """The department that the 权责清单 names, for the form of 派遣."""
    if wanted is not Step.DISPATCH:
        return {}
    found = queries.suggestion(case)
    return {"to": str(found.lead), "cooperating": [str(one) for one in found.cooperating]} if found else {}


def shown(
    request: HttpRequest, case: Case, wanted: Step, form: StepForm, back: str, status: int
) -> HttpResponse:
    htmx = "HX-Request" in request.headers
    if "boxes" in form.fields:
        photos = reverse("case_photo", args=[case.number, UUID(int=0)]).removesuffix(str(UUID(int=0)))
        form.fields["boxes"].widget.attrs["data-photos"] = photos
    context = {
        "case": case,
        "title": catalog.category_name(case.category) or _("案件"),
        "form": form,
        "step": wanted.value,
        "name": _(STEP_NAMES[wanted]),
        "back": back,
        "head": case.head_seq,
        "htmx": htmx,
        "suggestion": suggestion(case, Names()) if wanted is Step.DISPATCH and "/desk" not in back else None,
        "look": any(ask.choices == "standards" for ask in FIELDS[wanted]),
    }
    return render(request, "cases/_step_form.html" if htmx else "cases/step.html", context, status=status)


def key_typed(text: str) -> str:
    """The full key of the category that was typed; else nothing."""
    found = category_typed(text)
    return found.key if found else ""


def version(request: HttpRequest) -> int | None:
    """The state of the case that the person saw; a newer one is refused (412)."""
    seen = request.POST.get("head", "")
    return int(seen) if seen.isdecimal() and len(seen) < 10 else None


def leave(request: HttpRequest, back: str) -> HttpResponse:
    """To the page where the person came from; HTMX is told to load it whole."""
    if "HX-Request" in request.headers:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = back
        return response
    return HttpResponseRedirect(back)


@require_safe
def nothing(request: HttpRequest) -> HttpResponse:
    """An empty fragment: HTMX closes a form with it."""
    return HttpResponse("")
