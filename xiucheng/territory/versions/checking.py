"""Is a version sound: codes, counts, topology. Errors stop it, warnings are shown to whoever approves.

Everything is checked against the ground as it will be on the day: what is in force then, with the version on top.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from xiucheng.territory import geometry, rules
from xiucheng.territory.problems import Problem

GAP_M2 = 10.0
"""Smaller gaps are the rounding of a survey."""
SAME_DEGREES = 1e-9
"""Vertices closer than 0.1 mm are the same: a projection and back moves them by less."""
Tick = Callable[[int, int], None]
"""Told how many of how many areas were checked."""


def silent(done: int, total: int) -> None:
    """For whoever waits."""


@dataclass(frozen=True, slots=True)
class Row:
    """One feature of the file, in degrees CGCS2000. number 0: of the city, not of the file."""

    number: int
    code: str
    name: str
    grade: str
    shape: BaseGeometry | None
    removed: bool = False
    beat: str = ""


@dataclass(slots=True)
class Report:
    """What was found: errors and warnings by feature and field, and how each feature differs."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    changes: dict[str, str] = field(default_factory=dict)


def difference(row: Row, old: Row | None) -> str:
    """How a feature differs from what is in force: added, shape, words, removed or same."""
    if row.removed:
        return "removed"
    if old is None:
        return "added"
    if row.shape is not None and not same_shape(row.shape, old.shape):
        return "shape"
    words = (row.name and row.name != old.name, row.grade != old.grade, row.beat and row.beat != old.beat)
    return "words" if any(words) else "same"


def same_shape(one: BaseGeometry, other: BaseGeometry | None) -> bool:
    """The same area: vertex by vertex, or at least without a difference of a square metre."""
    if other is None:
        return False
    if shapely.equals_exact(shapely.normalize(one), shapely.normalize(other), SAME_DEGREES):
        return True
    if not (one.is_valid and other.is_valid):
        return False  # told as a fault of its own
    left = shapely.symmetric_difference(one, other)
    return shapely.area(left) * geometry.DEGREE_M**2 < geometry.TOLERANCE_M2


def check_divisions(
    rows: Sequence[Row], old: Mapping[str, Row], busy: set[str], tick: Tick = silent
) -> Report:
    """Divisions: codes, parents, names, soundness, nesting in the parent, overlaps and gaps between siblings.

    old: what is in force by code. busy: codes with grids or children that no removal may orphan.
    """
    report = _codes(rows, lambda row: rules.division_code_fault(row.code))
    after = _after(rows, old)
    parents = {code[:digits] for code in after for digits in (2, 4, 6, 9) if digits < len(code)}
    for row in rows:
        above = rules.parents(row.code)
        if row.removed:
            if row.code in parents or row.code in busy:
                report.errors.append(
                    Problem(
                        row.number,
                        "code",
                        _("%(code)s 下面还有街道、社区或网格，不能停用。") % {"code": row.code},
                    )
                )
            continue
        if len(row.code) > 6 and above and above[-1] not in after:
            report.errors.append(
                Problem(
                    row.number, "code", _("上级 %(code)s 不存在，请先导入上级区划。") % {"code": above[-1]}
                )
            )
        if row.code not in old and not row.name:
            report.errors.append(Problem(row.number, "name", _("新的区划要有名称。")))
        if len(row.name) > 60 or not row.name.isprintable():
            report.errors.append(Problem(row.number, "name", _("名称最多 60 个字，不含控制字符。")))
    if report.errors:
        return report
    touched = {row.code[: _parent_digits(row.code)] for row in rows if len(row.code) > 6}
    families = _families(after.values())
    for done, parent in enumerate(sorted(touched), 1):
        _layer(families.get(parent, []), after.get(parent), report, whole=True)
        tick(done, len(touched))
    counties = [row for code, row in after.items() if len(code) == 6]
    if any(len(row.code) == 6 for row in rows):
        _layer(counties, None, report, whole=False)
    _inside(rows, old, families, report)
    return report


def check_grids(
    rows: Sequence[Row],
    old: Mapping[str, Row],
    communities: Mapping[str, Row],
    retired: set[str],
    tick: Tick = silent,
) -> Report:
    """Grids: codes, communities, soundness, nesting in the community, overlaps, holes.

    retired: codes that were given once and are in force no more; a code is never given again (codes.md §5 [M]).
    """
    report = _codes(rows, lambda row: rules.grid_code_fault(row.code))
    for row in rows:
        if row.removed:
            continue
        if row.code in retired:
            sentence = _("标识码 %(code)s 已经用过，网格编号不得重复使用。") % {"code": row.code}
            report.errors.append(Problem(row.number, "code", sentence))
        if row.code[:12] not in communities:
            sentence = _("社区 %(code)s 不存在，请先导入区划。") % {"code": row.code[:12]}
            report.errors.append(Problem(row.number, "code", sentence))
        if row.shape is None and row.code not in old:
            report.errors.append(Problem(row.number, "geometry", _("新的网格要有范围。")))
    if report.errors:
        return report
    after = _after(rows, old)
    families, touched = _families(after.values()), sorted({row.code[:12] for row in rows})
    for done, community in enumerate(touched, 1):
        _layer(families.get(community, []), communities.get(community), report, whole=False)
        tick(done, len(touched))
    _across(rows, after, report)
    return report


def _codes(rows: Sequence[Row], fault_of: object) -> Report:
    report = Report()
    seen: dict[str, int] = {}
    for row in rows:
        if fault := fault_of(row):  # type: ignore[operator]
            report.errors.append(Problem(row.number, "code", fault.said(_)))
        elif row.code in seen:
            sentence = _("代码 %(code)s 与第 %(row)d 个重复。") % {"code": row.code, "row": seen[row.code]}
            report.errors.append(Problem(row.number, "code", sentence))
        seen.setdefault(row.code, row.number)
        if row.grade not in rules.GRADES:
            report.errors.append(Problem(row.number, "grade", _("管理区域等级只能是 A、B、C 或 ALL。")))
        if row.shape is not None and not row.removed and (fault := geometry.area_fault(row.shape)):
            report.errors.append(Problem(row.number, "geometry", fault.said(_)))
    return report


def _after(rows: Sequence[Row], old: Mapping[str, Row]) -> dict[str, Row]:
    """The layer as it will be. A row of the file without a shape keeps the one that is in force."""
    after = dict(old)
    for row in rows:
        if row.removed:
            after.pop(row.code, None)
        else:
            before = old.get(row.code)
            shape = row.shape if row.shape is not None else (before.shape if before else None)
            after[row.code] = Row(row.number, row.code, row.name, row.grade, shape)
    return after


def _families(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Parent → its children: looking through all rows for each parent takes hours at the size of a province."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.code[: _parent_digits(row.code)], []).append(row)
    return found


def _parent_digits(code: str) -> int:
    return {12: 9, 9: 6, 6: 4, 4: 2, 15: 12}.get(len(code), 0)


def _layer(rows: Sequence[Row], home: Row | None, report: Report, *, whole: bool) -> None:
    """Overlaps among siblings, what leaves the parent, gaps. whole: the siblings cover the parent, as communities do a
    township; grids cover the built-up area only, so there a gap is a hole between them."""
    shaped = [row for row in rows if row.shape is not None]
    shapes = [row.shape for row in shaped if row.shape is not None]
    if not shapes:
        return
    for one, other in geometry.overlaps(shapes, []):
        first, second = shaped[one], shaped[other]
        if not (first.number or second.number):
            continue  # an old fault of the ground, not of this version
        subject, against = (first, second) if first.number else (second, first)
        sentence = _("%(code)s 与 %(other)s 重叠。") % {"code": subject.code, "other": against.code}
        report.errors.append(Problem(subject.number, "geometry", sentence))
    if home is not None and home.shape is not None:
        new = [at for at, row in enumerate(shaped) if row.number]
        for at in geometry.outside([shapes[n] for n in new], [home.shape] * len(new)):
            row = shaped[new[at]]
            sentence = _("%(code)s 超出了上级 %(home)s 的范围。") % {"code": row.code, "home": home.code}
            report.errors.append(Problem(row.number, "geometry", sentence))
    _gaps(shaped, shapes, home, report, whole=whole)


def _gaps(
    rows: Sequence[Row], shapes: Sequence[BaseGeometry], home: Row | None, report: Report, *, whole: bool
) -> None:
    covered = shapely.union_all(np.array(shapes, dtype=object))
    if whole and home is not None and home.shape is not None:
        left = shapely.difference(home.shape, covered)
    else:
        parts = shapely.get_parts(covered)
        rings = [ring for part in parts for ring in part.interiors]
        left = shapely.union_all(shapely.polygons(rings)) if rings else shapely.Polygon()
        own = shapely.union_all([row.shape for row in rows if row.shape is not None and row.shape.area])
        left = shapely.difference(left, own)
    areas = [(part, geometry.areas_m2([part])[0]) for part in shapely.get_parts(left) if not part.is_empty]
    big = [(part, m2) for part, m2 in areas if m2 > GAP_M2]
    if big:
        spot = big[0][0].representative_point()
        where = home.code if home else rows[0].code[: _parent_digits(rows[0].code)]
        sentence = _(
            "%(home)s 里有 %(count)d 处没有被覆盖，共约 %(m2)d 平方米，例如经度 %(lon).5f、纬度 %(lat).5f 处。"
        ) % {
            "home": where,
            "count": len(big),
            "m2": sum(m2 for _part, m2 in big),
            "lon": spot.x,
            "lat": spot.y,
        }
        report.warnings.append(Problem(0, "geometry", sentence))


def _inside(
    rows: Sequence[Row], old: Mapping[str, Row], families: Mapping[str, list[Row]], report: Report
) -> None:
    """Children that a redrawn parent no longer holds."""
    for row in rows:
        if row.removed or row.shape is None or row.code not in old:
            continue
        children = [
            child for child in families.get(row.code, []) if child.shape is not None and not child.number
        ]
        shapes = [child.shape for child in children if child.shape is not None]
        for at in geometry.outside(shapes, [row.shape] * len(shapes)):
            values = {"code": row.code, "child": children[at].code}
            sentence = _("改后的 %(code)s 不再容得下 %(child)s，请把它也放进文件。") % values
            report.errors.append(Problem(row.number, "geometry", sentence))


def _across(rows: Sequence[Row], after: Mapping[str, Row], report: Report) -> None:
    """Grids of the file that overlap one of another community (where communities themselves overlap or lack shapes)."""
    new = [row for row in rows if not row.removed and row.shape is not None]
    if not new:
        return
    box = shapely.box(*shapely.total_bounds([row.shape for row in new]))
    others = [
        row
        for row in after.values()
        if not row.number and row.shape is not None and row.shape.intersects(box)
    ]
    shapes = [row.shape for row in new if row.shape is not None]
    for one, other in geometry.overlaps(shapes, [row.shape for row in others if row.shape is not None]):
        there = new[other] if other < len(new) else others[other - len(new)]
        if new[one].code[:12] != there.code[:12]:
            sentence = _("%(code)s 与 %(other)s 重叠。") % {"code": new[one].code, "other": there.code}
            report.errors.append(Problem(new[one].number, "geometry", sentence))
