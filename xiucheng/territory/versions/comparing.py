"""What a version would do to the ground: its rows, checked and compared with what is in force.

Long at the size of a province, so nothing here holds a lock; only `write` writes, in its caller's transaction.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.gis import geos
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.jobs import Tell
from xiucheng.territory import geometry, imports
from xiucheng.territory.actions import BATCH
from xiucheng.territory.models import SRID
from xiucheng.territory.problems import Problem
from xiucheng.territory.versions import checking, reading, stored
from xiucheng.territory.versions.checking import Report, Row
from xiucheng.territory.versions.models import GroundVersion, VersionFeature

Kind, Mode = GroundVersion.Kind, GroundVersion.Mode
SHOWN_PROBLEMS = 200
YES = {"1", "true", "yes", "是", "y"}


def silent(done: int, total: int, step: str) -> None:
    """For whoever waits."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The features with their change, how many of each, and what is wrong."""

    features: list[VersionFeature]
    counts: dict[str, int]
    problems: list[dict[str, Any]]

    @property
    def wrong(self) -> bool:
        return any(problem["level"] == "error" for problem in self.problems)


def agreed(inside: str, chosen: str) -> None:
    """Raises: Refused, if a file states one CRS and a person another."""
    key = imports.crs_key(chosen)
    if inside and key not in ("GCJ02", "BD09") and imports.crs_key(inside) != key:
        raise Refused(
            _("文件里写的坐标系是 %(inside)s，与所选的 %(chosen)s 不一致，请核对。")
            % {"inside": reading.crs_name(inside), "chosen": chosen[:40]},
            field="crs",
        )


def columns_of(known: dict[str, str], columns: Any, given: dict[str, str]) -> dict[str, str]:
    """Field → column: as recognised, and as a person said. Raises: Refused, if none holds the code."""
    chosen = {**known, **{field: name for field, name in given.items() if name in columns}}
    if not chosen.get("code"):
        raise Refused(_("请指明哪一列是代码。"), field="code")
    return chosen


def read_rows(
    data: bytes, name: str, found: reading.Found, columns: dict[str, str], crs: str, tell: Tell
) -> list[Row]:
    """All features of a file, in degrees CGCS2000."""
    move, rows, step = imports.parse_crs(crs), [], _("读文件")
    for raw in reading.read(data, name, found.layer):
        rows.append(_row(raw, columns, move))
        tell(len(rows), found.count, step)
    return rows


def _row(raw: reading.Raw, columns: dict[str, str], move: imports.Move) -> Row:
    def text(field: str) -> str:
        return raw.texts.get(columns.get(field, ""), "").strip() if columns.get(field) else ""

    shape = None
    if raw.shape is not None and not raw.shape.is_empty:
        try:
            shape = move(raw.shape)
        except (ValueError, TypeError, OverflowError):
            shape = raw.shape  # left where it is: the check says that it is no place in China
    return Row(
        raw.number,
        text("code"),
        text("name")[:200],
        text("grade").upper() or "ALL",
        shape if shape is None else _area_or_raw(shape),
        removed=text("removed").lower() in YES,
        beat=text("beat")[:60],
    )


def _area_or_raw(shape: Any) -> Any:
    return geometry.multi(shape) if shape.geom_type == "Polygon" else shape


def stored_rows(version: GroundVersion) -> list[Row]:
    """The rows of a version as they were read before."""
    return [_stored_row(feature) for feature in version.features.exclude(number=0).iterator(chunk_size=BATCH)]


def _stored_row(feature: VersionFeature) -> Row:
    shape = None if feature.shape is None else geometry.from_geos(feature.shape)
    removed = feature.change == VersionFeature.Change.REMOVED
    return Row(feature.number, feature.code, feature.name, feature.grade, shape, removed, feature.beat)


def compared(version: GroundVersion, rows: list[Row], tell: Tell = silent) -> Compared:
    """Check rows and compare them with what is in force now."""
    prefix, step = version.area_code if version.mode == Mode.WHOLE else "", _("核对")
    tell(0, 0, step)

    def checked(done: int, total: int) -> None:
        tell(done, total, step)

    if version.kind == Kind.GRIDS:
        old = stored.grids(version.effective)
        rows = [*rows, *_missing(version, rows, old, prefix)]
        retired = stored.used_codes() - set(old)
        report = checking.check_grids(rows, old, stored.communities(), retired, checked)
    else:
        old = stored.divisions()
        rows = [*rows, *_missing(version, rows, old, prefix)]
        report = checking.check_divisions(rows, old, stored.busy(version.effective), checked)
    outside = [row for row in rows if prefix and not row.code.startswith(prefix)]
    for row in outside[:SHOWN_PROBLEMS]:
        sentence = _("%(code)s 不在所选的 %(area)s 里。") % {"code": row.code, "area": prefix}
        report.errors.append(Problem(row.number, "code", sentence))
    for row in rows:
        if row.removed and row.code not in old:
            sentence = _("没有现行的 %(code)s 可以停用。") % {"code": row.code}
            report.errors.append(Problem(row.number, "code", sentence))
    if version.kind == Kind.GRIDS:
        _lonely(rows, old, report)
    return _features(version, rows, old, report, tell)


def _missing(version: GroundVersion, rows: list[Row], old: dict[str, Row], prefix: str) -> list[Row]:
    """What a whole file lacks is retired; of divisions only the levels that the file has."""
    if version.mode != Mode.WHOLE:
        return []
    given = {row.code for row in rows}
    levels = {len(row.code) for row in rows}
    return [
        Row(0, code, row.name, row.grade, None, removed=True)
        for code, row in old.items()
        if code.startswith(prefix) and code not in given and len(code) in levels
    ]


def _lonely(rows: list[Row], old: dict[str, Row], report: Report) -> None:
    lonely = [row.code for row in rows if row.code not in old and not row.removed and not row.beat]
    if lonely:
        sentence = _(
            "%(count)d 个新网格还没有责任网格（例如 %(code)s），案件会没有监督员可派；可在文件里加一列“责任网格”。"
        )
        report.warnings.append(Problem(0, "beat", sentence % {"count": len(lonely), "code": lonely[0]}))


def _features(
    version: GroundVersion, rows: list[Row], old: dict[str, Row], report: Report, tell: Tell
) -> Compared:
    made, counts, step = [], dict.fromkeys(VersionFeature.Change.values, 0), _("比较")
    for done, row in enumerate(rows, 1):
        change = checking.difference(row, old.get(row.code))
        counts[change] += 1
        fits = row.shape is not None and row.shape.geom_type in ("Polygon", "MultiPolygon")
        made.append(
            VersionFeature(
                version_id=version.pk,
                number=row.number,
                code=row.code[:15],
                name=row.name[:60],
                grade=row.grade if row.grade in ("A", "B", "C", "ALL") else "ALL",
                beat=row.beat,
                shape=_geos(row.shape) if fits and not row.removed else None,
                change=change,
            )
        )
        tell(done, len(rows), step)
    problems = [
        {"level": level, "row": p.row, "column": p.column, "sentence": p.sentence}
        for level, found in (("error", report.errors), ("warning", report.warnings))
        for p in found[:SHOWN_PROBLEMS]
    ]
    return Compared(made, counts, problems)


def write(version: GroundVersion, found: Compared) -> None:
    """Put the features in the place of the earlier ones, with what is wrong. Inside a transaction."""
    version.features.all().delete()
    VersionFeature.objects.bulk_create(found.features, batch_size=BATCH)
    version.counts, version.problems, version.effect = found.counts, found.problems, None
    version.save()


def _geos(shape: Any) -> geos.MultiPolygon:
    return geos.GEOSGeometry(memoryview(geometry.multi(shape).wkb), srid=SRID)  # type: ignore[return-value]
