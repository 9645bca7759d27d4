"""GeoReport v2: discovery, services, service definition, requests, tokens; JSON and XML."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from xiucheng.cases.actions import Report
from xiucheng.cases.models import Case
from xiucheng.cases.words import Channel
from xiucheng.kernel import geo
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files import pages as file_pages
from xiucheng.people.actions import require
from xiucheng.people.models import Post
from xiucheng.people.queries import bearer
from xiucheng.people.rules import Right
from xiucheng.territory.queries import division_at_choice
from xiucheng.web import rate, reporting
from xiucheng.web.open311 import errors, formats, parse, queries, services

View = Callable[..., HttpResponseBase]
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGESET = "2026-11-25T00:00:00+08:00"  # when this face last changed in a way that clients notice


def face(*methods: str) -> Callable[[View], View]:
    """A view of the standard: its methods, its form of error, one place of this city."""

    def made(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            try:
                if request.method != "POST":
                    rate.charge("public", request)
                return view(request, *args, **named)
            except Exception as error:
                return errors.answer(request, error)

        return answered

    return made


@face("GET", "HEAD")
def discovery(request: HttpRequest) -> HttpResponse:
    """Where everything is."""
    base = request.build_absolute_uri("/open311/v2")
    found = {
        "changeset": CHANGESET,
        "contact": _("城市运行管理服务平台"),
        "key_service": request.build_absolute_uri("/api/v1/tokens"),
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": base,
                "changeset": CHANGESET,
                "type": "production",
                "formats": ["application/json", "text/xml"],
            }
        ],
    }
    return formats.respond(request, "discovery", "", found)


@face("GET", "HEAD")
def service_list(request: HttpRequest) -> HttpResponse:
    """GET services."""
    queries.jurisdiction(request.GET.get("jurisdiction_id", ""))
    return formats.respond(request, "services", "service", services.services())


@face("GET", "HEAD")
def service_definition(request: HttpRequest, code: str) -> HttpResponse:
    """GET services/{code}: what its category asks beyond a description."""
    queries.jurisdiction(request.GET.get("jurisdiction_id", ""))
    category = services.service(code)
    found = {"service_code": services.code_of(category), "attributes": services.attributes(category)}
    return formats.respond(request, "service_definition", "", found)


@face("GET", "HEAD", "POST")
def requests(request: HttpRequest) -> HttpResponse:
    """GET requests: a list; POST requests: one more."""
    if request.method == "POST":
        return submit(request)
    query = parse.query(request.GET.dict(), at=timezone.now())
    place = queries.jurisdiction(request.GET.get("jurisdiction_id", ""))
    keys = tuple(services.service(code.replace("/", "-")).key for code in query.categories)
    return listed(request, queries.requests(replace(query, categories=keys, jurisdiction=place)))


@face("GET", "HEAD")
def one_request(request: HttpRequest, number: str) -> HttpResponse:
    """GET requests/{id}."""
    queries.jurisdiction(request.GET.get("jurisdiction_id", ""))
    found = queries.request(number)
    if found is None:
        raise Refused(_("没有这个 service_request_id，请核对。"), status=404, code="not_found")
    return listed(request, [found])


@face("GET", "HEAD")
def token(request: HttpRequest, token: str) -> HttpResponse:
    """GET tokens/{token}: we answer at once, so that the number is its own token."""
    found = queries.request(token)
    if found is None:
        raise Refused(_("没有这个 token，请核对。"), status=404, code="not_found")
    row = {"service_request_id": found.number, "token": found.number}
    return formats.respond(request, "service_requests", "request", [row])


@face("GET", "HEAD")
def photo(request: HttpRequest, file: UUID) -> HttpResponseBase:
    """A released photo, without what the camera wrote into it."""
    return file_pages.serve(queries.released_file(file))


def listed(request: HttpRequest, cases: list[Case]) -> HttpResponse:
    def photo_url(file: Any) -> str:
        return request.build_absolute_uri(f"/open311/v2/photos/{file.shown_id or file.file_id}")

    rows = queries.rows(cases, services.named(case.category for case in cases), photo_url)
    return formats.respond(request, "service_requests", "request", rows)


# -- POST ---


def submit(request: HttpRequest) -> HttpResponse:
    """POST requests, form-encoded as the standard has it."""
    sent = request.POST.dict()
    by, key = poster(sent)
    uuid = uuid_of(sent)

    def made() -> Report:
        return report_of(sent, parse.attributes(request.POST), uuid)

    received = reporting.send(request, uuid, by, made, token=key)
    row = {
        "service_request_id": received.number,
        "service_notice": _("请记下查询码 %(code)s，凭受理号和查询码查看进度。")
        % {"code": received.query_code},
        "account_id": None,
    }
    status = 201 if received.created else 200
    return formats.respond(request, "service_requests", "request", [row], status=status)


def poster(sent: dict[str, str]) -> tuple[Post | None, str]:
    """The post behind an `api_key`, and the key; nobody without one. Raises: Refused 403."""
    key = sent.get("api_key", "").strip()
    if not key:
        return None, ""
    found = bearer(key)
    if found is None:
        sentence = _("api_key 无效或已过期。可以不填，或用 POST /api/v1/tokens 重新取得。")
        raise Refused(sentence, status=403, field="api_key", code="bad_token")
    require(found.post, Right.REPORT)
    return found.post, key


def uuid_of(sent: dict[str, str]) -> UUID:
    """Our extension: a client that sends `uuid` may retry without a second case."""
    text = sent.get("uuid", "").strip()
    try:
        return UUID(text) if text else uuid4()
    except ValueError as error:
        raise Refused(_("uuid 格式不对，可以不填。"), field="uuid", code="bad_uuid") from error


def report_of(sent: dict[str, str], given: dict[str, str], uuid: UUID) -> Report:
    """The report as the action takes it. given: attributes; a service that asks nothing keeps them in the words.

    Raises: Refused, naming the field.
    """
    code = sent.get("service_code", "").strip()
    if not code:
        raise Refused(
            _("缺少 service_code，请从 services 列表中选择。"), field="service_code", code="required"
        )
    category = services.service(code)
    queries.jurisdiction(sent.get("jurisdiction_id", ""))
    lon, lat, imprecise = spot(parse.place(sent))
    asks = bool(services.asked(category))
    lines = [parse.description(sent) or category.name, *parse.extras(sent, {} if asks else given)]
    return Report(
        uuid=uuid,
        description=reporting.words("\n".join(lines)),
        lon=lon,
        lat=lat,
        channel=Channel.OPEN311,
        address=line(sent, "address_string"),
        category=category.key,
        reporter_name=name_of(sent),
        reporter_phone=reporting.phone(sent.get("phone", ""), field="phone"),
        imprecise=imprecise,
        extra=services.answers(category, given) if asks else {},
    )


def spot(place: parse.Place) -> tuple[float, float, bool]:
    """Longitude, latitude (degrees, CGCS2000; WGS 84 counts as the same), and whether it is imprecise."""
    if place.longitude is not None and place.latitude is not None:
        return *geo.check_position(place.longitude, place.latitude), False
    code = place.address_id or queries.division_named(place.address)
    found = division_at_choice(code)
    return found.lon, found.lat, True


def name_of(sent: dict[str, str]) -> str:
    """Name and e-mail: personal data, which the action encrypts and keeps apart."""
    name = f"{line(sent, 'last_name')}{line(sent, 'first_name')}"
    email = line(sent, "email")
    return f"{name} <{email}>".strip() if email else name


def line(sent: dict[str, str], name: str) -> str:
    """A short text. Raises: Refused 422."""
    text = sent.get(name, "").strip()
    parse.refuse_nul(text)
    if len(text) > 200:
        raise Refused(_("%(name)s 最多 200 个字，请缩短。") % {"name": name}, field=name, code="too_long")
    return text
