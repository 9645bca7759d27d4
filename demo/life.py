"""A year of cases: plan them, let them live on the simulated clock, write them. One call, one transaction."""

from collections.abc import Callable, Sequence
from random import Random
from uuid import UUID, uuid5

from demo.ground import Ground
from demo.pictures import SCENES, VARIANTS
from demo.places import Places
from demo.plans import Plan, Planner, Subject
from demo.spec import Wanted
from demo.story import life
from demo.world import People, Run, World
from demo.writing import Writer, reporters
from xiucheng.cases import policy
from xiucheng.cases.actions.base import standard_facts
from xiucheng.cases.rules.intake import PlaceFacts
from xiucheng.catalog import queries as catalog
from xiucheng.catalog.rules import GB2026
from xiucheng.kernel import numbering, settings
from xiucheng.kernel.calendar import load_calendar
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import StoredFile
from xiucheng.kernel.worktime import CHINA
from xiucheng.people.models import Department
from xiucheng.territory.queries import Place, locate

E7 = 10_000_000


def settle(land: Ground, wanted: Wanted, namespace: UUID, say: Callable[[str], None]) -> str:
    """Fill the city with cases. Returns how many, for people."""
    places = Places(land)
    plans = Planner(wanted, places, subjects(wanted)).plans()
    counties = sorted(area.code for area in land.divisions if len(area.code) == 6)
    writer = Writer(wanted.now)
    world = World(
        now=wanted.now,
        people=People.load(),
        calendars={county: load_calendar(county) for county in counties},
        policies={county: policy.load(county) for county in counties},
        pictures=stored(wanted.seed, namespace),
        bodies=bodies(counties),
        sink=writer,
    )
    names = {area.code: area.name for area in land.divisions}
    world.runs = runs(world, plans, places, wanted, namespace)
    for run in world.runs:
        run.plan.address = (
            f"{names[run.place.county]}{names.get(run.place.township or '', '')}{run.plan.address}"
        )
    step = max(500, len(plans) // 8)
    world.play(life, lambda n: say(f"    {n} / {len(plans)}") if n % step == 0 else None)
    writer.finish(world)
    return f"{len(plans)} 件案件，{writer.count} 条记录"


def subjects(wanted: Wanted) -> list[Subject]:
    """The matters of today's standard that have a limit, in order of code."""
    found = []
    for row in sorted(catalog.categories(kind="matter", standard=GB2026), key=lambda row: row.code):
        rows = catalog.standards_for(row, "ALL", wanted.today)
        if rows:
            facts = tuple(standard_facts(standard, row.key) for standard in rows)
            found.append(Subject(row.code, row.key, row.name, facts))
    return found


def stored(seed: int, namespace: UUID) -> dict[tuple[str, int], tuple[UUID, str]]:
    ids = {
        uuid5(namespace, f"{seed}/{scene}/{variant}"): (scene, variant)
        for scene in SCENES
        for variant in range(VARIANTS)
    }
    return {ids[row.pk]: (row.pk, row.sm3) for row in StoredFile.objects.filter(pk__in=ids)}


def bodies(counties: Sequence[str]) -> dict[str, list[int]]:
    """The departments that might be sent a case of a county by mistake: its own trades."""
    rows = Department.objects.exclude(kind="").filter(level="county").order_by("pk")
    return {county: [row.pk for row in rows if row.division_code == county] for county in counties}


def runs(world: World, plans: Sequence[Plan], places: Places, wanted: Wanted, namespace: UUID) -> list[Run]:
    """A run for each plan: its place resolved, its number drawn, its reporter known, its department found."""
    numbers = numbering.receipt_numbers([plan.at.astimezone(CHINA).date() for plan in plans])
    people = reporters(plans)
    border_m = settings.get("territory.border_m")
    found = []
    for plan, number, reporter in zip(plans, numbers, people, strict=True):
        rng = Random(f"{wanted.seed}/run/{plan.n}")
        place = resolved(plan, places, border_m, rng)
        category = catalog.parse_category(plan.subject.key)
        duty = catalog.duty_for(category, place.community or place.township or place.county, wanted.today)
        found.append(
            Run(
                world=world,
                plan=plan,
                id=uuid5(namespace, f"{wanted.seed}/{wanted.now:%Y%m%d%H%M}/{plan.n}"),
                number=number,
                place=place,
                lead=duty.lead,
                helpers=duty.cooperating,
                reporter=reporter,
                rng=rng,
                at=plan.at,
            )
        )
    return found


def resolved(plan: Plan, places: Places, border_m: float, rng: Random) -> PlaceFacts:
    """The place of a plan's point as the live door resolves it; beyond the border another point is drawn."""
    lon, lat = plan.lon, plan.lat
    for _turn in range(20):
        lon_e7, lat_e7 = round(lon * E7), round(lat * E7)
        try:
            place: Place = locate(
                lon_e7 / E7, lat_e7 / E7, on=plan.at.astimezone(CHINA).date(), border_m=border_m
            )
        except Refused:
            lon, lat = places.in_grid(rng)
            continue
        return PlaceFacts(
            lon_e7, lat_e7, place.county, place.township, place.community, place.unit_grid, place.beat_id,
            place.near, place.grade,
        )  # fmt: skip
    raise RuntimeError("no place found inside the city")
