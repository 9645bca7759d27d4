"""What the public may read: place, category, progress; words and photos once staff released them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case, CaseFile, Clock, Leg
from xiucheng.cases.queries.public import SAID, released_as
from xiucheng.cases.words import ClockKind, LegStage, Stage
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import StoredFile
from xiucheng.people.models import inside
from xiucheng.territory.models import Division, Level
from xiucheng.web.open311.parse import REQUESTS_MAX, Query

OPEN, CLOSED = "open", "closed"


def requests(query: Query) -> list[Case]:
    """The newest cases that fit, at most 1,000."""
    found = Case.unscoped.order_by("-reported_at", "-id")
    if query.numbers:
        return list(found.filter(number__in=query.numbers[:REQUESTS_MAX])[:REQUESTS_MAX])
    found = found.filter(reported_at__gte=query.start, reported_at__lte=query.end)
    if query.jurisdiction:
        found = found.filter(inside([query.jurisdiction]))
    if query.categories:
        found = found.filter(category__in=query.categories)
    if query.statuses and set(query.statuses) != {OPEN, CLOSED}:
        found = found.filter(ended_at__isnull=OPEN in query.statuses)
    return list(found[:REQUESTS_MAX])


def request(number: str) -> Case | None:
    """One case by its 受理号."""
    return Case.unscoped.filter(number=number).first()


def rows(cases: list[Case], names: dict[str, tuple[str | None, str]], photo_url: Any) -> list[dict[str, Any]]:
    """Cases in the standard's words: three statements, however many. photo_url: file id → public address."""
    ids = [case.pk for case in cases]
    photos = _first_released(ids)
    agencies = dict(
        Leg.unscoped.filter(case__in=ids, lead=True)
        .exclude(state=LegStage.RETURNED)
        .order_by("index")
        .values_list("case", "department__name")
    )
    due = dict(
        Clock.unscoped.filter(case__in=ids, kind=ClockKind.CASE, stopped_at__isnull=True).values_list(
            "case", "due_at"
        )
    )
    return [
        _row(
            case,
            names.get(case.category, (None, "")),
            agencies.get(case.pk),
            due.get(case.pk),
            photos,
            photo_url,
        )
        for case in cases
    ]


def _first_released(ids: Iterable[Any]) -> dict[Any, CaseFile]:
    found: dict[Any, CaseFile] = {}
    for file in CaseFile.unscoped.filter(case__in=ids, released=True).order_by("case", "index"):
        found.setdefault(file.case_id, file)
    return found


def _row(
    case: Case,
    service: tuple[str | None, str],
    agency: str | None,
    due: Any,
    photos: dict[Any, CaseFile],
    photo_url: Any,
) -> dict[str, Any]:
    released = case.public_words is not None
    photo = photos.get(case.pk)
    return {
        "service_request_id": case.number,
        "status": CLOSED if case.ended_at else OPEN,
        "status_notes": _(SAID[Stage(case.stage)]),
        "service_name": service[1],
        "service_code": service[0],
        "description": case.public_words,
        "agency_responsible": agency,
        "service_notice": None,
        "requested_datetime": w3c(case.reported_at),
        "updated_datetime": w3c(
            case.ended_at
            or case.handled_at
            or case.dispatched_at
            or case.filed_at
            or case.accepted_at
            or case.reported_at
        ),
        "expected_datetime": w3c(due) if due else None,
        "address": case.address if released else None,
        "address_id": case.community or case.township or case.county,
        "zipcode": None,
        "lat": case.lat_e7 / 1e7,
        "long": case.lon_e7 / 1e7,
        "media_url": photo_url(photo) if photo else None,
    }


def w3c(moment: Any) -> str:
    """A moment in China's time with its offset, to the second: 2026-11-24T08:30:00+08:00."""
    return localtime(moment).isoformat(timespec="seconds")


def released_file(file_id: UUID) -> StoredFile:
    """A photo that staff released, as they released it. Raises: Refused 404."""
    row = released_as(file_id).first()
    if row is None:
        raise Refused(_("没有找到这张照片。"), status=404, code="not_found")
    return row.shown or row.file


def jurisdiction(code: str) -> str:
    """A jurisdiction as the code of a division that this city serves; "" for the whole city.

    Raises: Refused 404, as the standard asks.
    """
    code = code.strip()
    counties = Division.objects.filter(level=Level.COUNTY, active=True).values_list("code", flat=True)
    if code and not any(county.startswith(code) or code == county for county in counties):
        sentence = _("没有这个 jurisdiction_id。本接口只服务本市，可以不填，或填区县代码。")
        raise Refused(sentence, status=404, field="jurisdiction_id", code="unknown_jurisdiction")
    return code


# The stem of a name is what people write: «翠湖西路社区居民委员会» is «翠湖西路» in an address.
NAMED = """
SELECT d.code FROM territory_division d JOIN territory_division c ON c.code = left(d.code, 6) AND c.active
 CROSS JOIN LATERAL (
   SELECT regexp_replace(d.name, '(社区)?(居民|村民)?委员会$|社区$|街道(办事处)?$', '') AS stem
 ) named
 WHERE d.level >= 9 AND length(stem) >= 2 AND strpos(%s, stem) > 0
 ORDER BY d.level DESC, length(stem) DESC, d.code LIMIT 1
"""


def division_named(address: str) -> str:
    """The community or township that an address names. Raises: Refused 422, if it names none of this city."""
    with connection.cursor() as cursor:
        cursor.execute(NAMED, [address])
        row = cursor.fetchone()
    if row is None:
        sentence = _("address_string 里没有认出本市的街道或社区。请写明街道或社区，或改填 lat 和 long。")
        raise Refused(sentence, field="address_string", code="unknown_address")
    return str(row[0])
