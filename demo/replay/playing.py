"""One message after the other through `cases.actions`, as the posts of the demo city would do it.

What happens next is decided by the stage the case is in and by a fate drawn from the message's own number. So a
replay that was interrupted goes on where it was, and one that is repeated changes nothing.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from uuid import UUID, uuid5

import shapely
from django.utils import timezone
from django.utils.translation import gettext as _

from demo.building import NAMESPACE, WANTED, picture_id
from demo.pictures import SCENES, scene_of
from demo.places import inside
from demo.replay.reading import Batch, Message
from demo.words import done, reason
from xiucheng.cases import actions
from xiucheng.cases.actions import Report
from xiucheng.cases.models import Case, Leg, Receipt
from xiucheng.cases.words import Channel, Stage
from xiucheng.catalog import queries as catalog
from xiucheng.catalog.models import Category
from xiucheng.catalog.rules import GB2026
from xiucheng.kernel import jobs, settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import Setting, StoredFile
from xiucheng.people.models import Department, Post
from xiucheng.territory.models import UnitGrid
from xiucheng.territory.queries import locate, rough_address

# How far a message comes: most are closed, some wait on each desk.
STOPS: Mapping[str, float] = {
    "": 72, Stage.REPORTED: 5, Stage.VERIFYING: 3, Stage.ACCEPTED: 3, Stage.FILED: 4, Stage.HANDLING: 7,
    Stage.REPLIED: 2, Stage.TO_CHECK: 1, Stage.CHECKING: 2, Stage.CHECKED: 1,
}  # fmt: skip
MOST_STEPS = 24
NOTHING_THERE, REWORKED = 0.06, 0.06
OTHER = "06036"  # what a message of no guessed category is filed under, if it is not refused


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a replay did. stages: where the cases are; refused: steps that the rules refused, by their code."""

    played: int
    new: int
    stages: Mapping[str, int]
    refused: Mapping[str, int] = field(default_factory=dict)
    unread: Mapping[str, int] = field(default_factory=dict)


def play(
    batch: Batch, *, days: int, per_day: int, seed: int, job_id: str | None = None,
    say: Callable[[str], None] = lambda _text: None,
) -> Outcome:  # fmt: skip
    """Play `days` × `per_day` messages of a file, a run of neighbours in time that the seed chooses.

    Raises: Refused, where no demo city stands or a number is not positive; jobs.Cancelled.
    """
    if days < 1 or per_day < 1:
        raise Refused(_("天数和每天件数都要大于 0。"))
    stage = Play(seed)
    total = min(days * per_day, len(batch.messages))
    first = Random(f"{seed}/first").randrange(len(batch.messages) - total + 1) if total else 0
    jobs.progress(job_id, 0, total=total)
    for n, message in enumerate(batch.messages[first : first + total], start=1):
        jobs.check_cancelled(job_id)
        stage.message(message)
        if n % per_day == 0 or n == total:
            jobs.progress(job_id, n)
            day = {"day": -(-n // per_day), "done": n, "total": total}
            say(_("第 %(day)d 天：%(done)d / %(total)d") % day)
    return Outcome(total, stage.new, dict(stage.stages), dict(stage.refused), dict(batch.unread))


class Play:
    """The posts, pictures and grids of the city, and what came of the messages so far."""

    def __init__(self, seed: int) -> None:
        row = Setting.objects.filter(key=WANTED).first()
        if row is None:
            raise Refused(_("没有演示城市。请先运行 script/manage build_demo。"), status=409)
        self.seed = seed
        self.new = 0
        self.stages: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.grids = list(
            UnitGrid.in_force(timezone.localdate()).order_by("code").values_list("pk", flat=True)
        )
        self.posts = list(
            Post.objects.in_force(timezone.localdate()).select_related("department").order_by("pk")
        )
        self.pictures = _pictures(json.loads(row.value)["seed"])

    def message(self, message: Message) -> None:
        """Report one message, once, and bring its case as far as its fate says."""
        uuid = uuid5(NAMESPACE, message.key)
        rng = Random(str(uuid))
        stop = rng.choices(list(STOPS), list(STOPS.values()))[0]
        case_id = Receipt.objects.filter(pk=uuid).values_list("case", flat=True).first()
        if case_id is None:
            case_id = self._report(message, uuid)
            self.new += 1
        for _step in range(MOST_STEPS):
            case = Case.unscoped.get(pk=case_id)
            if case.ended_at is not None or case.stage == stop:
                break
            try:
                self._next(case, message, rng)
            except Refused as refusal:
                self.refused[refusal.code] += 1
                break
        self.stages[Case.unscoped.values_list("stage", flat=True).get(pk=case_id)] += 1

    def _report(self, message: Message, uuid: UUID) -> UUID:
        rng = Random(f"{self.seed}/{uuid}")
        lon, lat = message.place if message.place and in_city(*message.place) else self._somewhere(rng)
        place = locate(lon, lat, on=timezone.localdate(), border_m=settings.get("territory.border_m"))
        content = Report(
            uuid=uuid,
            description=message.text,
            lon=lon,
            lat=lat,
            channel=Channel(message.channel),
            address=rough_address(lon, lat, place),
        )
        return actions.report(content).case_id

    def _somewhere(self, rng: Random) -> tuple[float, float]:
        """A point in a unit grid of the city."""
        grid = UnitGrid.objects.get(pk=rng.choice(self.grids))
        return inside(shapely.from_wkb(bytes(grid.shape.wkb)), rng)

    def _next(self, case: Case, message: Message, rng: Random) -> None:
        """The next step from the stage the case is in."""
        step = getattr(self, f"_from_{case.stage}", None)
        if step is None:
            raise Refused(_("这个环节没有下一步。"), code="no_next_step")
        step(case, message, rng)

    # -- one method a stage ---

    def _from_reported(self, case: Case, message: Message, rng: Random) -> None:
        by = self._post("intake", case.county, rng)
        if not message.category and rng.random() < 0.7:
            actions.refuse(case_id=case.pk, by=by, note=reason(rng, "refuse"))
        else:
            actions.accept(case_id=case.pk, by=by, category=subject(message))

    def _from_accepted(self, case: Case, message: Message, rng: Random) -> None:
        if case.verified is None:
            to = self._post("inspector", case.county, rng)
            by = self._post("intake", case.county, rng)
            actions.request_verify(case_id=case.pk, by=by, inspector=to)
        elif case.verified:
            row = catalog.standards_for(subject(message), case.grade)[0]
            actions.file(case_id=case.pk, by=self._post("shift_leader", case.county, rng), standard=row)
        else:
            by = self._post("shift_leader", case.county, rng)
            actions.decline(case_id=case.pk, by=by, note=reason(rng, "decline"))

    def _from_verifying(self, case: Case, message: Message, rng: Random) -> None:
        found = bool(message.category) and rng.random() > NOTHING_THERE
        actions.answer_verify(
            case_id=case.pk, by=self._assignee(case), found=found, photos=[self._photo(message, clean=not found)],
            lon=case.lon_e7 / 1e7, lat=case.lat_e7 / 1e7, note="" if found else reason(rng, "decline"),
        )  # fmt: skip

    def _from_filed(self, case: Case, message: Message, rng: Random) -> None:
        place = case.community or case.township or case.county
        duty = catalog.duty_for(catalog.parse_category(case.category), place)
        by = self._post("dispatcher", case.county, rng)
        actions.dispatch(case_id=case.pk, by=by, to=Department.objects.get(pk=duty.lead))

    def _from_handling(self, case: Case, message: Message, rng: Random) -> None:
        leg = Leg.unscoped.filter(case=case.pk, state__in=("sent", "taken")).order_by("index").first()
        if leg is None:
            raise Refused(_("没有正在处置的部门。"), code="no_open_leg")
        by = self._clerk(leg.department_id)
        if leg.state == "sent":
            actions.take(case_id=case.pk, by=by)
        else:
            words = done(rng, subject(message).code, subject(message).name)
            actions.handle(case_id=case.pk, by=by, note=words, photos=[self._photo(message, clean=True)])

    def _from_replied(self, case: Case, message: Message, rng: Random) -> None:
        actions.forward(case_id=case.pk, by=self._post("dispatcher", case.county, rng))

    def _from_to_check(self, case: Case, message: Message, rng: Random) -> None:
        to = self._post("inspector", case.county, rng)
        actions.request_check(case_id=case.pk, by=self._post("intake", case.county, rng), inspector=to)

    def _from_checking(self, case: Case, message: Message, rng: Random) -> None:
        passed = case.reworks > 0 or rng.random() > REWORKED
        actions.answer_check(
            case_id=case.pk, by=self._assignee(case), passed=passed, photos=[self._photo(message, clean=passed)],
            lon=case.lon_e7 / 1e7, lat=case.lat_e7 / 1e7, note="" if passed else reason(rng, "rework"),
        )  # fmt: skip

    def _from_checked(self, case: Case, message: Message, rng: Random) -> None:
        by = self._post("shift_leader", case.county, rng)
        if case.checked:
            actions.close(case_id=case.pk, by=by)
        else:
            actions.rework(case_id=case.pk, by=by, note=reason(rng, "rework"))

    # -- who ---

    def _post(self, role: str, county: str, rng: Random) -> Post:
        """Somebody on duty in a role whose scope is the county, in its own centre."""
        fitting = [p for p in self.posts if p.role == role and p.on_duty and county in p.scope_codes]
        if not fitting:
            raise Refused(_("演示城市里没有这个岗位的人。"), code="nobody")
        return rng.choice(fitting)

    def _clerk(self, department: int) -> Post:
        return next(
            p
            for p in self.posts
            if p.department_id == department and p.role == "department" and not p.is_head
        )

    def _assignee(self, case: Case) -> Post:
        return next(p for p in self.posts if p.pk == case.assignee_id)

    def _photo(self, message: Message, *, clean: bool) -> StoredFile:
        return self.pictures[scene_of(message.category or OTHER), 2 if clean else 0]


def subject(message: Message) -> Category:
    """The category a message is filed under."""
    found = catalog.category(GB2026, "matter", message.category or OTHER)
    assert found is not None, "formats name categories of today's standard; a test compares them"
    return found


def in_city(lon: float, lat: float) -> bool:
    try:
        locate(lon, lat, on=timezone.localdate(), border_m=0)
    except Refused:
        return False
    return True


def _pictures(seed: int) -> dict[tuple[str, int], StoredFile]:
    """The pictures of the city that stands here, by scene and variant (0: the problem, 2: in order)."""
    ids = {(scene, n): picture_id(seed, scene, n) for scene in SCENES for n in (0, 2)}
    rows = StoredFile.objects.in_bulk(list(ids.values()))
    return {what: rows[pk] for what, pk in ids.items()}
