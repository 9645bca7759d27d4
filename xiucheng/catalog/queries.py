"""Reads of the catalogue: from memory (snapshot), so that a filing or dispatch costs no statement here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.catalog import rules, snapshot
from xiucheng.catalog.models import Category, Kind, Standard
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.worktime import Limit
from xiucheng.territory.models import Division, Level
from xiucheng.territory.rules import Fault, Place


def today() -> date:
    """The day in China; which standard counts turns at its midnight."""
    return timezone.localdate()


def category(standard: str, kind: str, code: str, on: date | None = None) -> Category | None:
    """The category of a key, also of a standard out of force. standard «»: the one in force on the day."""
    known = snapshot.current().by_key
    if standard:
        return known.get((standard, kind, code))
    day = on or today()
    in_force = (edition for edition in rules.EDITIONS if edition.in_force(day))
    return next(
        (known[key] for edition in in_force if (key := (edition.standard, kind, code)) in known), None
    )


def category_name(key: str) -> str:
    """«供水井盖异常» for `standard/kind/code`; the key itself where the catalogue lacks it. No statement."""
    if not key:
        return ""
    standard, kind, code = key.rsplit("/", 2)
    found = category(standard, kind, code)
    return found.name if found else key


def category_by_id(category_id: int) -> Category:
    """Raises: KeyError for a number that is no category."""
    return snapshot.current().categories[category_id]


def parse_category(text: str, *, on: date | None = None, field: str = "category") -> Category:
    """A category as an API writes it: «matter/01001» or «GB/T 47678.5-2026/matter/01001».

    on: the day whose standard a text without one means (today in China by default).
    Raises: Refused 422 with `field`, for a bare code, an unknown standard or an unknown category.
    """
    day = on or today()
    read = rules.read_category(text)
    if isinstance(read, Fault):
        raise Refused(read.said(_), field=field, code="bad_category")
    found = category(read.standard, read.kind, read.code, day)
    if found is None:
        raise Refused(_unknown(read), field=field, code="unknown_category")
    return found


def _unknown(read: rules.Named) -> str:
    others = [
        row
        for (_standard, kind, code), row in snapshot.current().by_key.items()
        if (kind, code) == (read.kind, read.code)
    ]
    if not read.standard and others:
        meant = "；".join(f"{row.key} {row.name}" for row in others)
        return _("现行标准里没有类别 %(code)s，旧标准里有：%(meant)s。请写明标准，或改用现行代码。") % {
            "code": f"{read.kind}/{read.code}",
            "meant": meant,
        }
    return _("没有类别 %(key)s，请从类别列表中选择。") % {
        "key": "/".join(part for part in (read.standard, read.kind, read.code) if part)
    }


def parse_component_code(
    code: str, *, on: date | None = None, field: str = "component_code"
) -> rules.ComponentCode:
    """A component code of the day: 17 digits since 2026-07-01, 16 before; its class must be of the standard.

    Raises: Refused 422 with `field`.
    """
    day = on or today()
    read = rules.read_component_code(code.strip(), on=day, known=_codes(Kind.COMPONENT, day))
    if isinstance(read, Fault):
        raise Refused(read.said(_), field=field, code="bad_component_code")
    return read


def parse_matter_code(
    code: str, *, on: date | None = None, field: str = "matter_code"
) -> tuple[str, Category]:
    """County and category of a matter code (11 digits; 10 before 2026-07-01). It names a class, never one
    case.

    Raises: Refused 422 with `field`.
    """
    day = on or today()
    read = rules.read_matter_code(code.strip(), on=day, known=_codes(Kind.MATTER, day))
    if isinstance(read, Fault):
        raise Refused(read.said(_), field=field, code="bad_matter_code")
    county, category_code = read
    found = category("", Kind.MATTER, category_code, day)
    assert found is not None  # read_matter_code just found it among the known
    return county, found


def _codes(kind: str, on: date) -> set[str]:
    return {row.code for row in categories(kind=kind, on=on)}


def categories(*, kind: str = "", on: date | None = None, standard: str = "") -> list[Category]:
    """The categories in force on a day (or of one standard whenever), by standard, kind and code."""
    day = on or today()
    wanted = {standard} if standard else {e.standard for e in rules.EDITIONS if e.in_force(day)}
    rows = [
        row
        for row in snapshot.current().categories.values()
        if row.standard in wanted and (standard or row.in_force_to is None or day < row.in_force_to)
    ]
    if not standard:  # one that a city adds begins on its day
        rows = [row for row in rows if row.standard != rules.LOCAL or row.in_force_from <= day]
    # A class that a city may fill («21») is no category to choose.
    return [row for row in rows if (not kind or row.kind == kind) and len(row.code) > 2]


@dataclass(frozen=True, slots=True)
class CategoryGroup:
    """A class (大类) with its subclasses, for a chooser."""

    standard: str
    kind: str
    class_code: str
    class_name: str
    rows: tuple[Category, ...]


def grouped(*, kind: str = "", on: date | None = None) -> list[CategoryGroup]:
    """The categories in force, by class, for choosers."""
    groups: dict[tuple[str, str, str], list[Category]] = {}
    for row in categories(kind=kind, on=on):
        groups.setdefault((row.standard, row.kind, row.class_code), []).append(row)
    return [CategoryGroup(*key, rows[0].class_name, tuple(rows)) for key, rows in groups.items()]


def search(words: str, *, kind: str = "", on: date | None = None, limit: int = 20) -> list[Category]:
    """Categories in force that hold all the words in code, name or class; those that begin with the first
    come first.
    """
    wanted = words.casefold().split()
    if not wanted:
        return []
    in_force = {row.pk for row in categories(kind=kind, on=on)}
    found = [
        row
        for text, row in snapshot.current().search
        if row.pk in in_force and all(word in text for word in wanted)
    ]
    found.sort(key=lambda row: (not row.name.startswith(wanted[0]), len(row.name), row.kind, row.code))
    return found[:limit]


def successors(old: Category) -> list[Category]:
    """What a category is called today: itself if in force, else those it maps to; none if today's list
    dropped it.
    """
    known = snapshot.current().by_key
    if rules.EDITION[old.standard].until is None:
        return [old]
    keys = ((standard, old.kind, code) for code in old.maps_to for standard in (rules.GB2026, rules.LOCAL))
    return [known[key] for key in keys if key in known]


def component_of(matter: Category) -> Category | None:
    """The component whose abnormal state («…异常») a matter of the classes 01–05 is."""
    if not rules.is_abnormal_matter(matter.standard, matter.kind, matter.code):
        return None
    return snapshot.current().by_key.get((matter.standard, Kind.COMPONENT, matter.code))


def matter_of(component: Category) -> Category | None:
    """The matter that says this component is not as it should be."""
    if component.kind != Kind.COMPONENT:
        return None
    return snapshot.current().by_key.get((component.standard, Kind.MATTER, component.code))


def standards_for(of: Category, grade: str = "ALL", on: date | None = None) -> list[Standard]:
    """The rows of 立案处置结案标准 of a category, in their order: filing condition, limit, closing condition.

    Its own rows; else those of its component (matters of the classes 01–05, standards/README.md); else, for a
    category
    of an older standard, those of what it is called today. Rows of the area grade go before those of «ALL».
    None at all: it cannot be filed until somebody gives it a limit (practice 11).
    """
    day, memory = on or today(), snapshot.current()
    for rows in _row_sets(of, memory):
        valid = [
            row for row in rows if row.valid_from <= day and (row.valid_to is None or day < row.valid_to)
        ]
        graded = [row for row in valid if row.area_grade == grade]
        if chosen := graded or [row for row in valid if row.area_grade == "ALL"]:
            return chosen
    return []


def _row_sets(of: Category, memory: snapshot.Snapshot) -> Iterable[list[Standard]]:
    yield memory.by_category.get(of.pk, [])
    if twin := component_of(of):
        yield memory.by_category.get(twin.pk, [])
    yield memory.by_origin.get(of.pk, [])
    if rules.EDITION[of.standard].until is not None:
        yield [row for today_ in successors(of) for row in next(filter(None, _row_sets(today_, memory)), [])]


def standard_by_id(standard_id: int) -> Standard | None:
    """One row, also one no longer valid: a case keeps the one it was filed under."""
    return snapshot.current().standards.get(standard_id)


def limit_for(standard: Standard) -> Limit:
    """The handling limit of a row, for kernel.worktime."""
    return standard.limit


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who handles a category at a place, and why. lead, cooperating: department ids.

    rule: «duty» (a row of the 权责清单, its id in duty_id), «kind», «fallback» or «last».
    """

    lead: int
    cooperating: tuple[int, ...]
    duty_id: int | None
    why: str
    rule: str


def duty_for(of: Category | int, place: Place | str, on: date | None = None) -> Responsible:
    """Who is responsible for a category at a place (a `Place`, or the finest division code known).

    An explicit row of the 权责清单 with the longest division prefix; a row of a twin (the component of a
    01–05 matter,
    and the other way round) or of today's name of an old category counts after the category's own. Then the
    department
    of the right kind in the county or city, then the fallback by place; never nobody.
    Raises: Refused 409, where no department at all is near: an administrator must register one.
    """
    memory = snapshot.current()
    wanted = memory.categories[of] if isinstance(of, int) else of
    division = place if isinstance(place, str) else place.division
    found = _responsible(memory, wanted, division, on or today())
    if found is None:
        raise Refused(
            _("区划 %(division)s 还没有登记任何部门，无法派遣；请系统管理员先登记部门和兜底单位。")
            % {"division": division},
            status=409,
            field="department",
            code="no_department",
        )
    return Responsible(found.lead, found.cooperating, found.duty_id, _why(memory, found, wanted), found.rule)


def fallback_for(division: str, on: date | None = None) -> int | None:
    """The department id of the 兜底单位 of a place, the smallest division first; None if none is named."""
    memory = snapshot.current()
    found = rules.fallback(
        division=division,
        on=on or today(),
        bodies=memory.bodies.values(),
        fallbacks=_alive(memory, memory.fallbacks),
    )
    return found.lead if found else None


def _responsible(memory: snapshot.Snapshot, of: Category, division: str, on: date) -> rules.Found | None:
    relatives = [of, *filter(None, (component_of(of), matter_of(of)))]
    relatives += [row for row in successors(of) if row.pk != of.pk]
    kinds = next((row.kinds for row in relatives if row.dept_type), ())
    return rules.responsible(
        division=division,
        on=on,
        duties=[_alive(memory, memory.duties.get(row.pk, ())) for row in relatives],
        kinds=kinds,
        bodies=memory.bodies.values(),
        fallbacks=_alive(memory, memory.fallbacks),
    )


def _alive(memory: snapshot.Snapshot, rows: Iterable[rules.DutyRow]) -> list[rules.DutyRow]:
    """A row whose lead department was switched off leads nowhere."""
    return [row for row in rows if row.lead in memory.bodies]


def _why(memory: snapshot.Snapshot, found: rules.Found, of: Category) -> str:
    """The routing explains itself, in one sentence."""
    facts = {
        "lead": memory.bodies[found.lead].name,
        "category": f"{of.code} {of.name}",
        "division": memory.division_names.get(found.division, found.division),
        "kind": of.dept_type,
    }
    sentences = {
        "duty": _("按权责清单第 %(duty)s 条：%(division)s的“%(category)s”由%(lead)s主办。"),
        "kind": _(
            "权责清单没有写到；“%(category)s”的主管部门类别是“%(kind)s”，%(division)s的%(lead)s属于这一类。"
        ),
        "fallback": _("权责清单没有写到，也没有同类部门；按属地由%(division)s的兜底单位%(lead)s办理。"),
        "last": _("权责清单、同类部门、兜底单位都没有；暂由%(lead)s协调，请管理员补充权责清单。"),
    }
    return sentences[found.rule] % (facts | {"duty": found.duty_id})


@dataclass(frozen=True, slots=True)
class Hole:
    """A category that nobody is explicitly responsible for in a county, and who gets it meanwhile."""

    category: Category
    county: str
    county_name: str
    falls_to: int | None
    why: str


def duty_holes(
    *, on: date | None = None, kind: str = Kind.MATTER, counties: Iterable[str] = ()
) -> list[Hole]:
    """Categories in force × counties of the city (or those named) without a row of the 权责清单."""
    day, memory = on or today(), snapshot.current()
    named = Division.objects.filter(level=Level.COUNTY, active=True).order_by("code")
    if wanted := list(counties):
        named = named.filter(code__in=wanted)
    holes = []
    for code, name in named.values_list("code", "name"):
        for row in categories(kind=kind, on=day):
            found = _responsible(memory, row, code, day)
            if found is None or found.rule != "duty":
                why = _why(memory, found, row) if found else _("没有登记任何部门。")
                holes.append(Hole(row, code, name, found.lead if found else None, why))
    return holes


def limit_holes(*, on: date | None = None) -> list[Category]:
    """Categories in force without any limit: they cannot be filed until one is given (practice 11)."""
    return [row for row in categories(on=on) if not standards_for(row, on=on)]
