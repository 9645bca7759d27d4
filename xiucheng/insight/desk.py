"""What stands beside the form of a call: composed of this room's answers and the catalogue's, for one page."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.catalog import queries as catalog
from xiucheng.catalog import snapshot
from xiucheng.catalog.models import Category, Confidence, Standard
from xiucheng.insight import queries
from xiucheng.insight.queries import Likeness, Suggested
from xiucheng.kernel import settings
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Post
from xiucheng.territory.queries import locate
from xiucheng.territory.rules import Place

LIMITS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """What the call-taker has so far. category: a full key or empty; division: the finest one chosen from the lists."""

    words: str
    category: str
    lon: float | None
    lat: float | None
    division: str = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """Who will be responsible, and why. sentence: what is in the way, instead."""

    department: str = ""
    cooperating: tuple[str, ...] = ()
    why: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """One filing condition with the limit that it brings; doubt: why it might not count."""

    condition: str
    amount: str
    unit: str
    source: str
    doubt: str


@dataclass(frozen=True, slots=True)
class Beside:
    """guessed: the category is the first suggestion, nobody chose it. place_says: what is wrong with the place."""

    suggestions: tuple[Suggested, ...]
    duplicates: tuple[Likeness, ...]
    category: Category | None
    guessed: bool
    duty: Duty | None
    terms: tuple[Term, ...]
    more_terms: int
    place_says: str = ""

    @property
    def empty(self) -> bool:
        return not (self.suggestions or self.duplicates or self.duty or self.terms or self.place_says)


def beside(asked: Asked, post: Post) -> Beside:
    """Everything beside the form; four statements at most (place, likeness, and two of suggestion)."""
    place, says = where(asked)
    suggestions = tuple(queries.suggest_categories(asked.words))
    duplicates: tuple[Likeness, ...] = ()
    if asked.lon is not None and asked.lat is not None and place is not None:
        duplicates = tuple(queries.duplicates(asked.lon, asked.lat, asked.category, asked.words, post))
    category = catalog.parse_category(asked.category) if asked.category else None
    guessed = category is None and bool(suggestions)
    meant = category or (suggestions[0].category if suggestions else None)
    at = place if place is not None else asked.division
    rows = catalog.standards_for(meant, place.grade if place else "ALL") if meant else []
    return Beside(
        suggestions=suggestions,
        duplicates=duplicates,
        category=meant,
        guessed=guessed,
        duty=duty(meant, at) if meant and at else None,
        terms=tuple(term(row) for row in rows[:LIMITS_SHOWN]),
        more_terms=max(0, len(rows) - LIMITS_SHOWN),
        place_says=says,
    )


def where(asked: Asked) -> tuple[Place | None, str]:
    """The place of the point, or what is wrong with it; one statement."""
    if asked.lon is None or asked.lat is None:
        return None, ""
    try:
        border = settings.get("territory.border_m")
        return locate(asked.lon, asked.lat, on=timezone.localdate(), border_m=border), ""
    except Refused as refusal:
        return None, refusal.said(_)


def duty(category: Category, at: Place | str) -> Duty:
    """From memory: no statement."""
    try:
        found = catalog.duty_for(category, at)
    except Refused as refusal:
        return Duty(sentence=refusal.said(_))
    bodies = snapshot.current().bodies
    names = [bodies[key].name for key in (found.lead, *found.cooperating) if key in bodies]
    return Duty(names[0], tuple(names[1:]), found.why) if names else Duty(sentence=found.why)


def term(row: Standard) -> Term:
    limit = catalog.limit_for(row)
    low = row.confidence == Confidence.LOW and not row.approved
    return Term(
        row.filing_condition,
        f"{float(limit.amount):g}",
        _(limit.unit.value),
        row.source,
        _("可信度低、未经批准，不计入考核") if low else "",
    )
