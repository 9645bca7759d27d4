"""What the map draws of the cases: from afar how many lie in each cell, from near the cases themselves.

Cells come from the counts of `cases_casecell` where these know the answer (open cases, all, whole months; scopes by
place); any other filter is counted at once from the cases it finds, the newest MOST of them. So a tile costs the
same however long the archive is (measured.md, row 2 and advice 7).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.gis.geos import Polygon
from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from xiucheng.cases.models import Case, CaseCell
from xiucheng.cases.models.case import counties_of
from xiucheng.cases.queries.fields import CaseFilter
from xiucheng.cases.queries.found import narrowed
from xiucheng.cases.queries.lists import CaseRow, rows_for
from xiucheng.cases.rules import cells as grid
from xiucheng.people.models import Post
from xiucheng.territory.models import Division, Level

E7 = 10_000_000
SINGLE_MAX = 200  # more cases than this in one tile are drawn as cells
MOST = 20_000  # cases that a filter without counts reads for one tile
COMMUNITIES_MAX = 60
# What is drawn of a single case, and no more: a case has sixty columns.
SHOWN = ("number", "lon_e7", "lat_e7", "category", "description", "urgent", "reported_at", "ended_at")


@dataclass(frozen=True, slots=True)
class Cell:
    """Cases in one cell, at its middle: units of a tile, 0 to 4096."""

    x: int
    y: int
    n: int
    late: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """One tile: single cases, or cells. capped: there are more than were counted."""

    cells: tuple[Cell, ...] = ()
    rows: tuple[CaseRow, ...] = ()
    capped: bool = False


def drawn(post: Post, filter: CaseFilter, z: int, x: int, y: int, *, heat: bool = False) -> Drawn:
    """What a tile shows of the cases that the post may see and the filter finds. Raises: Refused 422.

    heat: cells alone, of the size for a picture of heat.
    """
    per = grid.PER_HEAT if heat else grid.PER_TILE
    layer = counted(post, filter)
    single = z >= grid.RAW_ZOOM and not heat and (filter.open is True or bool(filter.given()))
    if layer and not single:
        return Drawn(cells=tuple(from_counts(post, layer, z, x, y, per)))
    found = within(narrowed(Case.seen_by(post), filter), filter, grid.edges(z, x, y))
    if z >= grid.RAW_ZOOM and not heat:
        few = list(found.order_by("-reported_at", "-id").only(*SHOWN)[: SINGLE_MAX + 1])
        if len(few) <= SINGLE_MAX:
            return Drawn(
                rows=tuple(rows_for(few, department=post.department_id if post.department_only else None))
            )
        if layer:
            return Drawn(cells=tuple(from_counts(post, layer, z, x, y, per)))
    return gathered(found, z, x, y, per)


# --- Counted before ---


@dataclass(frozen=True, slots=True)
class Counted:
    """Which counts answer a filter. months: from and to, 202601."""

    layer: str
    months: tuple[int, int] | None = None


def counted(post: Post, filter: CaseFilter) -> Counted | None:
    """The counts that say just what this post would find; None if there are none."""
    if post.department_only or post.role == "grid_worker" or any(len(code) > 9 for code in post.scope_codes):
        return None
    given = filter.given()
    if given == {"open": True}:
        return Counted("open") if not (filter.since or filter.until) else None
    if set(given) - {"since", "until"} or filter != CaseFilter(
        since=filter.since, until=filter.until, sort=filter.sort
    ):
        return None
    if not filter.since and not filter.until:
        return Counted("all")
    months = whole_months(filter.since, filter.until, timezone.localdate())
    return Counted("month", months) if months else None


def whole_months(since: date | None, until: date | None, today: date) -> tuple[int, int] | None:
    """The months that these days are, if they are whole months; the last may be the one we are in.

    >>> whole_months(date(2026, 1, 1), date(2026, 2, 28), date(2026, 11, 24))
    (202601, 202602)
    >>> whole_months(date(2026, 11, 1), date(2026, 11, 24), date(2026, 11, 24))
    (202611, 202611)
    >>> whole_months(date(2026, 1, 2), None, date(2026, 11, 24)) is None
    True
    """
    last = until or today
    if since and since.day != 1:
        return None
    if last < today and (last + timedelta(days=1)).day != 1:
        return None
    first = grid.month_of(since.year, since.month) if since else 0
    return first, grid.month_of(last.year, last.month)


def from_counts(post: Post, known: Counted, z: int, x: int, y: int, per: int) -> Iterable[Cell]:
    """One statement, and one more for who sees what lies near a county; of each at most 2^(2 per) cells."""
    finest = grid.MONTHLY if known.layer == "month" else grid.FINEST
    window = grid.window(z, x, y, finest=finest, per=per)
    found = CaseCell.objects.filter(layer=known.layer, level=window.level)
    found = found.filter(**span("x", window.left, window.side), **span("y", window.top, window.side))
    if known.months:
        found = found.filter(month__range=known.months)
    inside = found.filter(in_scope(post.scope_codes))
    sums = list(inside.values_list("x", "y").annotate(n=Sum("n"), late=Sum("late")).order_by())
    if counties_of(post):
        border = found.filter(place__startswith=BORDER).values_list("place", "x", "y", "n", "late")
        sums += [tuple(numbers) for place, *numbers in border if next_door(post, place)]
    for cell_x, cell_y, n, late in sums:
        yield Cell(*middle(cell_x - window.left, cell_y - window.top, window.size), n, late)


BORDER = "~"


def next_door(post: Post, place: str) -> bool:
    """A cell's cases at a border that lie outside the post's divisions, but near one of its counties."""
    own, *near = place.removeprefix(BORDER).split(" ")
    return not own.startswith(tuple(post.scope_codes)) and not set(near).isdisjoint(counties_of(post))


def span(name: str, first: int, side: int) -> dict[str, int]:
    return {f"{name}__gte": first, f"{name}__lt": first + side}


def middle(x: int, y: int, size: int) -> tuple[int, int]:
    return x * size + size // 2, y * size + size // 2


def in_scope(codes: Sequence[str]) -> Q:
    found = Q(pk__in=())
    for code in codes:
        found |= Q(place__startswith=code)
    return found


# --- Counted at once ---


NEAR = 0.05  # degrees of longitude: a window narrower than this is asked for by community


def within(
    found: QuerySet[Case], filter: CaseFilter, edges: tuple[float, float, float, float]
) -> QuerySet[Case]:
    """The cases between west, south, east and north (degrees, CGCS2000, EPSG:4490).

    Open ones by their index of points, others by the communities or counties that the window touches.
    """
    west, south, east, north = edges
    box = Polygon.from_bbox(edges)
    box.srid = 4490
    if filter.open:
        found = found.filter(point__coveredby=box)
    else:
        near = east - west < NEAR
        level = Level.COMMUNITY if near else Level.COUNTY
        places = Division.objects.filter(level=level, shape__bboverlaps=box, active=True)
        codes = list(places.values_list("code", flat=True)[: COMMUNITIES_MAX + 1])
        if len(codes) <= COMMUNITIES_MAX:  # a case without a community is found by its county alone
            alone = Q(community=None, county__in={code[:6] for code in codes})
            found = found.filter(Q(community__in=codes) | alone if near else Q(county__in=codes))
    return found.filter(
        lon_e7__gte=int(west * E7),
        lon_e7__lt=int(east * E7),
        lat_e7__gt=int(south * E7),
        lat_e7__lte=int(north * E7),
    )


def gathered(found: QuerySet[Case], z: int, x: int, y: int, per: int) -> Drawn:
    """Cells of the newest MOST cases."""
    window, now = grid.window(z, x, y, per=per), timezone.now()
    columns = ("lon_e7", "lat_e7", "due_at", "ended_at")
    rows = list(found.order_by("-reported_at", "-id").values_list(*columns)[: MOST + 1])
    n: Counter[tuple[int, int]] = Counter()
    late: Counter[tuple[int, int]] = Counter()
    for lon, lat, due, ended in rows[:MOST]:
        cell_x, cell_y = grid.cell(lon / E7, lat / E7, window.level)
        at = (cell_x - window.left, cell_y - window.top)
        n[at] += 1
        late[at] += ended is None and due is not None and due < now
    cells = (Cell(*middle(*at, window.size), count, late[at]) for at, count in n.items())
    return Drawn(cells=tuple(cells), capped=len(rows) > MOST)


# --- Bytes ---

ENCODE = """
SELECT coalesce((SELECT ST_AsMVT(t, 'cells', 4096, 'geom') FROM (
         SELECT n, late, ST_Point(x, y) AS geom
           FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[]) AS c (x, y, n, late)
       ) t), '')
    || coalesce((SELECT ST_AsMVT(t, 'cases', 4096, 'geom') FROM (
         SELECT id, state, label, urgent, ST_Point(x, y) AS geom
           FROM unnest(%s::float8[], %s::float8[], %s::text[], %s::text[], %s::text[], %s::bool[])
             AS p (x, y, id, state, label, urgent)
       ) t), '')
"""


@dataclass(frozen=True, slots=True)
class Spot:
    """A single case as it is drawn."""

    lon: float
    lat: float
    id: str
    state: str
    label: str
    urgent: bool


def encoded(cells: Sequence[Cell], spots: Sequence[Spot], z: int, x: int, y: int) -> bytes:
    """A Mapbox vector tile with the layers cells (n, late) and cases (id, state, label, urgent); b"" if empty."""
    if not cells and not spots:
        return b""
    places = [position(spot, z, x, y) for spot in spots]
    values: list[list[Any]] = [
        [cell.x for cell in cells],
        [cell.y for cell in cells],
        [cell.n for cell in cells],
        [cell.late for cell in cells],
        [place[0] for place in places],
        [place[1] for place in places],
        [spot.id for spot in spots],
        [spot.state for spot in spots],
        [spot.label for spot in spots],
        [spot.urgent for spot in spots],
    ]
    with connection.cursor() as cursor:
        cursor.execute(ENCODE, values)
        return bytes(cursor.fetchone()[0])


def position(spot: Spot, z: int, x: int, y: int) -> tuple[float, float]:
    """Where a case stands in a tile: units of 4,096 a side."""
    left, top = grid.exact(spot.lon, spot.lat, z)
    return (left - x) * grid.EXTENT, (top - y) * grid.EXTENT
