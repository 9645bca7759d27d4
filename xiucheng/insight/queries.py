"""What is probably the same, and what it is probably called. Each answer says why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.gis.db.models.functions import GeometryDistance
from django.contrib.gis.geos import Point
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case
from xiucheng.catalog import queries as catalog
from xiucheng.catalog import snapshot
from xiucheng.catalog.models import Category
from xiucheng.catalog.snapshot import Snapshot
from xiucheng.insight import learning
from xiucheng.insight.models import Pair, WordModel
from xiucheng.insight.rules import likeness, naming
from xiucheng.insight.rules.naming import Class, Counts, Seen
from xiucheng.insight.rules.words import pairs
from xiucheng.kernel import settings
from xiucheng.people.models import Post

SHOWN = 3
CANDIDATES = 60  # open cases looked at, the nearest first


# -- likely duplicates ---


@dataclass(frozen=True, slots=True)
class Likeness:
    """An open case that a new report is probably the same as. metres: whole; score: 0 to 1; why: a sentence."""

    case_id: UUID
    number: str
    metres: int
    at: datetime
    category: str
    category_name: str
    stage: str
    description: str
    address: str
    same_category: bool
    alike: float
    score: float
    why: str


def duplicates(
    lon: float, lat: float, category: str, words: str, post: Post | None, *, most: int = SHOWN
) -> list[Likeness]:
    """Open cases in the post's scope that a report is probably the same as, the likeliest first; one statement.

    lon, lat: degrees, CGCS2000 (EPSG:4490). category: a full key, or empty before one is chosen. words: what was
    said so far. Distance, days and how alike are settings (insight.duplicate_…).
    Raises: Refused 422 for a category that does not exist.
    """
    now = timezone.now()
    kin = family(category)
    radius = settings.get("insight.duplicate_m")
    new = likeness.New(lon, lat, kin, words, now)
    rows = candidates(new, post, radius, now - timedelta(days=settings.get("insight.duplicate_days")))
    found = likeness.likely(
        new,
        ((row, known(row)) for row in rows),
        radius_m=radius,
        least=settings.get("insight.duplicate_percent") / 100,
        most=most,
    )
    return [told(row, measure, now) for row, measure in found]


def candidates(new: likeness.New, post: Post | None, radius: int, since: datetime) -> list[Case]:
    """The nearest open cases, by the partial index of points."""
    spot = Point(new.lon, new.lat, srid=4490)
    degrees = radius / 90_000  # a sieve: at 30° N a degree of longitude is 96 km, one of latitude 111 km
    found = Case.seen_by(post).open().filter(point__dwithin=(spot, degrees), reported_at__gte=since)
    if new.kin:
        found = found.filter(Q(category__in=[*new.kin, ""]))
    wanted = (
        "id", "number", "reported_at", "category", "stage", "description", "address", "lon_e7", "lat_e7", "imprecise",
    )  # fmt: skip
    return list(found.order_by(GeometryDistance("point", spot), "id").only(*wanted)[:CANDIDATES])


def family(key: str) -> frozenset[str]:
    """The keys that mean the same subclass: the facility and its abnormal state, the name of an older standard.

    Raises: Refused 422 for a key that does not exist.
    """
    if not key:
        return frozenset()
    row = catalog.parse_category(key)
    kin = [row, *catalog.successors(row)]
    kin += [twin for one in kin for twin in (catalog.component_of(one), catalog.matter_of(one)) if twin]
    return frozenset(one.key for one in kin)


def known(row: Case) -> likeness.Known:
    return likeness.Known(
        row.lon_e7 / 1e7, row.lat_e7 / 1e7, row.category, row.description, row.reported_at, row.imprecise
    )


def told(row: Case, measure: likeness.Measure, now: datetime) -> Likeness:
    name = catalog.category_name(row.category)
    return Likeness(
        case_id=row.pk,
        number=row.number,
        metres=measure.metres,
        at=row.reported_at,
        category=row.category,
        category_name=name,
        stage=row.get_stage_display(),
        description=row.description,
        address=row.address,
        same_category=bool(measure.same),
        alike=measure.alike,
        score=measure.score,
        why=why(row, measure, name, now),
    )


def why(row: Case, measure: likeness.Measure, name: str, now: datetime) -> str:
    """«12 m 外 08:47 有人报过，同为井盖缺损，词语相近»."""
    here = {"metres": measure.metres, "when": clock(row.reported_at, now)}
    parts = [
        _("%(metres)s m 内 %(when)s 有人报过，位置只到社区") % here
        if row.imprecise
        else _("%(metres)s m 外 %(when)s 有人报过") % here
    ]
    if measure.same:
        parts.append(_("同为%(name)s") % {"name": name})
    elif name:
        parts.append(_("那件是%(name)s") % {"name": name})
    if measure.words_alike:
        parts.append(_("词语相近"))
    elif measure.words_akin:
        parts.append(_("词语有些相近"))
    return _("，").join(parts)


def clock(at: datetime, now: datetime) -> str:
    """«08:47» today, «11-23 08:47» before, with another year's number; local time."""
    here, today = timezone.localtime(at), timezone.localtime(now)
    if here.date() == today.date():
        return here.strftime("%H:%M")
    return here.strftime("%m-%d %H:%M" if here.year == today.year else "%Y-%m-%d %H:%M")


# -- which category the words speak of ---


@dataclass(frozen=True, slots=True)
class Suggested:
    """A category that the words suggest. share: 0 to 1 of what is likely; why: a sentence."""

    category: Category
    share: float
    why: str

    @property
    def key(self) -> str:
        return self.category.key


def suggest_categories(words: str, *, most: int = SHOWN) -> list[Suggested]:
    """Up to `most` categories for what was said so far, the likeliest first; two statements, none of long text.

    From the model of last night; from the catalogue's names alone where the city has learnt nothing yet.
    """
    found = list(dict.fromkeys(pairs(words)))
    if not found:
        return []
    head = current()
    if head is None:
        counts = from_names()
        seen: Mapping[str, Mapping[str, Seen]] = counts.pairs
        classes = counts.classes
    else:
        rows = Pair.objects.filter(model=head.pk, text__in=found).values_list("text", "seen")
        seen = {text: {key: Seen(*both) for key, both in of.items()} for text, of in rows}
        classes = head.classes
    guesses = naming.guess(words, seen, alive(classes), most=most)
    return [suggested(one) for one in guesses]


@dataclass(frozen=True, slots=True)
class Head:
    pk: int
    classes: dict[str, Class]


class _Memory:
    head: Head | None = None
    names: tuple[Snapshot, Counts] | None = None  # with the snapshot that they were made from


def current() -> Head | None:
    """The current model's sums; they are read once a model and process."""
    pk = WordModel.objects.filter(current=True).values_list("pk", flat=True).first()
    if pk is None:
        return None
    if _Memory.head is None or _Memory.head.pk != pk:
        classes = WordModel.objects.filter(pk=pk).values_list("classes", flat=True).first() or {}
        _Memory.head = Head(pk, {key: Class(*both) for key, both in classes.items()})
    return _Memory.head


def from_names() -> Counts:
    """What the catalogue's names teach; made once a catalogue and process."""
    of = snapshot.current()
    if _Memory.names is None or _Memory.names[0] is not of:
        _Memory.names = (of, naming.learnt((), learning.names()))
    return _Memory.names[1]


def alive(classes: Mapping[str, Class]) -> dict[str, Class]:
    """Only categories in force today: the standard may have changed since the night."""
    keys = {row.key for row in catalog.categories()}
    return {key: one for key, one in classes.items() if key in keys}


def suggested(guess: naming.Guess) -> Suggested:
    """With the loudest pair alone: the count is its own."""
    said = {"count": guess.cases, "said": guess.told[0]}
    sentence = (
        _("本市有 %(count)d 件说到“%(said)s”的归这一类") % said
        if guess.cases
        else _("名称或立案条件里有“%(said)s”") % said
    )
    standard, kind, code = guess.category.rsplit("/", 2)
    row = catalog.category(standard, kind, code)
    assert row is not None, "only categories in force are guessed"
    return Suggested(row, guess.share, sentence)
