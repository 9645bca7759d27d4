"""上报: the one door. Whatever the channel, a report enters here, once for each client-made UUID."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.actions.base import copy_facts, doer_of, env_for, evidence, messages
from xiucheng.cases.models import Receipt, Reporter
from xiucheng.cases.rules import intake as rules
from xiucheng.cases.rules.basis import REPORTER, Doer
from xiucheng.cases.store import GENESIS, advance, persist_new
from xiucheng.cases.words import Channel
from xiucheng.catalog import extra
from xiucheng.kernel import canonical, crypto, live, numbering, settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files import actions as files
from xiucheng.kernel.files import redaction
from xiucheng.kernel.models import StoredFile
from xiucheng.people.models import Post
from xiucheng.territory.queries import Place, locate

E7 = 10_000_000


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to a report. division: the finest code known; near: other counties within the border distance."""

    number: str
    query_code: str
    stage: str
    division: str
    unit_grid: str | None
    near: tuple[str, ...]
    case_id: UUID
    created: bool

    @property
    def body(self) -> dict[str, Any]:
        """What the reporter is told; a retry's equals the first."""
        return {
            "number": self.number,
            "query_code": self.query_code,
            "stage": self.stage,
            "division": self.division,
            "unit_grid": self.unit_grid,
            "near": list(self.near),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody reports, as the doors hand it over.

    uuid: made by the client. lon, lat: degrees, CGCS2000 (EPSG:4490), converted at the door.
    category: a full key «standard/kind/code» or nothing. county: the side chosen near a border.
    covered: by the photo's place, its copy with parts covered. wished_words: what the reporter would have published,
    "" nothing at all; None: not said. extra: answers to the category's own questions, by key; door: where it came in
    (`catalog.models.ExtraField.Door`), which decides what must be answered.
    """

    uuid: UUID
    description: str
    lon: float
    lat: float
    channel: Channel
    address: str = ""
    category: str = ""
    component_code: str = ""
    reporter_name: str = ""
    reporter_phone: str = ""
    imprecise: bool = False
    urgent: bool = False
    county: str = ""
    photos: Sequence[StoredFile] = ()
    covered: Mapping[int, StoredFile] = field(default_factory=dict)
    wished_words: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    door: str = "api"

    @property
    def digest(self) -> str:
        """A keyed hash of all that was sent: the same UUID must mean the same report."""
        content = {
            "description": self.description,
            "lon": round(self.lon * E7),
            "lat": round(self.lat * E7),
            "channel": self.channel.value,
            "address": self.address,
            "category": self.category,
            "component_code": self.component_code,
            "name": self.reporter_name,
            "phone": self.reporter_phone,
            "imprecise": self.imprecise,
            "county": self.county,
            "photos": [photo.sm3 for photo in self.photos],
        }
        if self.covered or self.wished_words is not None:
            content["public"] = {
                "words": self.wished_words,
                "covered": {str(place): copy.sm3 for place, copy in self.covered.items()},
            }
        if self.extra:
            content["extra"] = dict(self.extra)
        return crypto.blind_index(canonical.encode(content).decode(), purpose="report")


def report(content: Report, *, by: Post | None = None, at: datetime | None = None) -> Received:
    """Receive a report: place, number, first event, receipt. At most ten statements without photos.

    The same `uuid` again gives the first answer; with other content it is refused (409).
    Raises: Refused 422 outside the city, 409.
    """
    at = at or timezone.now()
    digest = content.digest
    if known := receipt(content.uuid, digest):
        return known
    doer = doer_of(by) if by else REPORTER
    content = replace(content, extra=extra.check(content.category, content.door, content.extra))
    place = chosen_side(content, at)
    try:
        with transaction.atomic():
            return received(content, digest, place, doer, at)
    except IntegrityError:
        # Another request with this UUID committed while we waited for its key.
        known = receipt(content.uuid, digest)
        if known is None:
            raise
        return known


def receipt(uuid: UUID, digest: str) -> Received | None:
    """The answer already given for a UUID. Raises: Refused 409, if something else was sent under it."""
    row = Receipt.objects.filter(pk=uuid).first()
    if row is None:
        return None
    if row.digest != digest:
        raise Refused(
            _("这个编号已用于另一件上报。请刷新页面后重新填写。"),
            status=409,
            field="uuid",
            code="uuid_reused",
        )
    answer = row.answer
    return Received(
        **{**answer, "near": tuple(answer["near"])},
        query_code=crypto.query_code(row.case_id),
        case_id=row.case_id,
        created=False,
    )


def chosen_side(content: Report, at: datetime) -> Place:
    """The place of the point; near a border, the side that the reporter chose."""
    place = locate(
        content.lon, content.lat, on=timezone.localdate(at), border_m=settings.get("territory.border_m")
    )
    if content.county in ("", place.county):
        return place
    if content.county not in place.near:
        raise Refused(_("所选区县不在这个位置附近，请重新选择。"), field="county", code="not_near")
    others = tuple(sorted({place.county, *place.near} - {content.county}))
    return Place(
        county=content.county,
        township=None,
        community=None,
        unit_grid=None,
        grade="ALL",
        near=others,
        beat_id=None,
    )


def received(content: Report, digest: str, place: Place, doer: Doer, at: datetime) -> Received:
    case_id = uuid4()
    number = numbering.receipt_number(at)
    finest = place.community or place.township or place.county
    answer = {
        "number": number,
        "stage": "reported",
        "division": finest,
        "unit_grid": place.unit_grid,
        "near": list(place.near),
    }
    draft = rules.report(
        rules.ReportFacts(
            case=case_id,
            number=number,
            channel=content.channel,
            description=content.description,
            place=place_facts(content, place),
            address=content.address,
            imprecise=content.imprecise,
            category=content.category,
            component_code=content.component_code,
            reporter=reporter_of(content, at),
            urgent=content.urgent,
            evidence=evidence_of(content),
            wished_words=content.wished_words,
            extra=dict(content.extra),
        ),
        doer,
        env_for(place.county, at),
    )
    written = advance(None, GENESIS, [draft], case=case_id, at=at, by=doer.by)
    row = Receipt(uuid=content.uuid, case_id=case_id, digest=digest, answer=answer, at=at)
    persist_new(written, row, *messages(written))
    live.poke()
    return Received(
        number=number,
        query_code=crypto.query_code(case_id),
        stage="reported",
        division=finest,
        unit_grid=place.unit_grid,
        near=place.near,
        case_id=case_id,
        created=True,
    )


def evidence_of(content: Report) -> list[dict[str, Any]]:
    """The photos, each with the copy that its reporter covered parts of."""
    items: list[dict[str, Any]] = [*evidence(content.photos, "report")]
    for place, copy in content.covered.items():
        items[place]["shown"] = copy_facts(copy)
    return items


def covered_by_reporter(photos: Sequence[StoredFile], boxes: str) -> dict[int, StoredFile]:
    """The copies of photos in which their reporter covered parts, by the photo's place.

    boxes: as `kernel.files.redaction.parse` reads it. Raises: Refused 422 for a place without a photo.
    """
    wanted = {place: each for place, each in redaction.parse(boxes).items() if each}
    places = {str(place): place for place in range(len(photos))}
    if not set(wanted) <= set(places):
        raise Refused(_("遮盖的位置不对，请重新框选。"), field="boxes", code="boxes")
    return {places[place]: files.cover(photos[places[place]], each) for place, each in wanted.items()}


def place_facts(content: Report, place: Place) -> rules.PlaceFacts:
    return rules.PlaceFacts(
        lon_e7=round(content.lon * E7),
        lat_e7=round(content.lat * E7),
        county=place.county,
        township=place.township,
        community=place.community,
        unit_grid=place.unit_grid,
        beat=place.beat_id,
        near=place.near,
        grade=place.grade,
    )


def reporter_of(content: Report, at: datetime) -> int | None:
    """A row for whoever reported, also for an anonymous one: messages need an address to wait at."""
    if content.channel in STAFF_CHANNELS:
        return None
    phone = crypto.normal_phone(content.reporter_phone)
    row = Reporter(
        name=content.reporter_name,
        phone=phone,
        phone_index=crypto.blind_index(phone, purpose="phone"),
        created_at=at,
    )
    row.save(force_insert=True)
    return row.pk


STAFF_CHANNELS = frozenset(
    {
        Channel.INSPECTOR,
        Channel.GRID_WORKER,
        Channel.VIDEO,
        Channel.SENSOR,
        Channel.DEPARTMENT,
        Channel.LEADER,
    }
)
