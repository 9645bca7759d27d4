"""Every write of a version: upload, confirm, hand in, decide, apply. Whoever calls them has checked the right.

Raises everywhere: Refused with a sentence; nothing is half done.
"""

import hashlib
from datetime import date
from typing import Any

from django.contrib.gis import geos
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel import audit
from xiucheng.kernel.errors import Refused
from xiucheng.territory import geometry, imports
from xiucheng.territory.actions import BATCH
from xiucheng.territory.addresses import derived
from xiucheng.territory.models import SRID, Beat, Division, UnitGrid
from xiucheng.territory.problems import Problem
from xiucheng.territory.rules import parents
from xiucheng.territory.versions import checking, reading, stored
from xiucheng.territory.versions.checking import Report, Row
from xiucheng.territory.versions.models import DivisionPast, GroundVersion, VersionFeature

Kind, Mode, State = GroundVersion.Kind, GroundVersion.Mode, GroundVersion.State
SHOWN_PROBLEMS = 200
YES = {"1", "true", "yes", "是", "y"}


def upload(
    *,
    data: bytes,
    name: str,
    kind: str,
    title: str,
    effective: date,
    mode: str,
    area_code: str,
    by: Any,
    who: str,
) -> GroundVersion:
    """A file as sent; nothing of it counts until its CRS and columns are confirmed (`confirm`)."""
    if effective < timezone.localdate():
        raise Refused(_("生效日期不能早于今天。"), field="effective")
    if mode == Mode.WHOLE and not Division.objects.filter(code=area_code, valid_to__isnull=True).exists():
        raise Refused(_("请写明文件是哪一片的全部：一个现行区划的代码。"), field="area_code")
    found = reading.look(data, name)
    row = GroundVersion(
        kind=kind,
        title=title.strip()[:100],
        effective=effective,
        mode=mode,
        area_code=area_code if mode == Mode.WHOLE else "",
        crs=reading.epsg_of(found.crs)[:60],
        file_name=name[:200],
        digest=hashlib.sha256(data).hexdigest(),
        content=data,
        found={
            "layers": found.layers,
            "layer": found.layer,
            "count": found.count,
            "crs": reading.crs_name(found.crs),
            "columns": found.columns,
            "fields": found.fields,
        },
        drafted_by=by,
        drafted_at=timezone.now(),
    )
    with transaction.atomic():
        row.save()
        audit.record(
            by=who,
            person=by.pk,
            subject=f"ground {row.pk}",
            before=None,
            after={"file": name, "digest": row.digest},
        )
    return row


def confirm(
    *, version: GroundVersion, crs: str, layer: str = "", fields: dict[str, str] | None = None
) -> GroundVersion:
    """The CRS is confirmed: read, convert to CGCS2000, check, compare. Again until it is handed in."""
    with transaction.atomic():
        row = _held(version, (State.UPLOADED, State.DRAFT), _("已经提交的版本不能再改。"))
        data = bytes(row.content or b"")
        found = reading.look(data, row.file_name, layer)
        inside = reading.epsg_of(found.crs)
        chosen = reading.epsg_of(crs.strip())
        offset = imports.crs_key(chosen) in ("GCJ02", "BD09")
        if inside and not offset and imports.crs_key(inside) != imports.crs_key(chosen):
            raise Refused(
                _("文件里写的坐标系是 %(inside)s，与所选的 %(chosen)s 不一致，请核对。")
                % {"inside": reading.crs_name(found.crs), "chosen": chosen[:40]},
                field="crs",
            )
        move = imports.parse_crs(crs)
        columns = {**found.fields, **{k: v for k, v in (fields or {}).items() if v in found.columns}}
        if not columns.get("code"):
            raise Refused(_("请指明哪一列是代码。"), field="code")
        rows = [_row(raw, columns, move) for raw in reading.read(data, row.file_name, found.layer)]
        row.crs = crs.strip()[:60]
        row.found = {**row.found, "layer": found.layer, "fields": columns, "columns": found.columns}
        _checked(row, rows)
        row.state = State.DRAFT
        row.save()
    return row


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


def check_again(*, version: GroundVersion) -> GroundVersion:
    """Check and compare once more with what is in force now."""
    with transaction.atomic():
        row = GroundVersion.objects.select_for_update().get(pk=version.pk)
        features = list(row.features.exclude(number=0))
        _checked(row, [_stored_row(feature) for feature in features])
        row.save()
    return row


def _stored_row(feature: VersionFeature) -> Row:
    shape = None if feature.shape is None else geometry.from_geos(feature.shape)
    removed = feature.change == VersionFeature.Change.REMOVED
    return Row(feature.number, feature.code, feature.name, feature.grade, shape, removed, feature.beat)


def _checked(version: GroundVersion, rows: list[Row]) -> None:
    """Write the features with their difference, and what is wrong."""
    prefix = version.area_code if version.mode == Mode.WHOLE else ""
    if version.kind == Kind.GRIDS:
        old = stored.grids(version.effective)
        rows = [*rows, *_missing(version, rows, old, prefix)]
        retired = stored.used_codes() - set(old)
        report = checking.check_grids(rows, old, stored.communities(), retired)
    else:
        old = stored.divisions()
        rows = [*rows, *_missing(version, rows, old, prefix)]
        report = checking.check_divisions(rows, old, stored.busy(version.effective))
    outside = [row for row in rows if prefix and not row.code.startswith(prefix)]
    for row in outside[:SHOWN_PROBLEMS]:
        sentence = _("%(code)s 不在所选的 %(area)s 里。") % {"code": row.code, "area": prefix}
        report.errors.append(Problem(row.number, "code", sentence))
    for row in rows:
        if row.removed and row.code not in old:
            sentence = _("没有现行的 %(code)s 可以停用。") % {"code": row.code}
            report.errors.append(Problem(row.number, "code", sentence))
    _write(version, rows, old, report)


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


def _write(version: GroundVersion, rows: list[Row], old: dict[str, Row], report: Report) -> None:
    version.features.all().delete()
    made, counts = [], dict.fromkeys(VersionFeature.Change.values, 0)
    for row in rows:
        change = checking.difference(row, old.get(row.code))
        counts[change] += 1
        fits = row.shape is not None and row.shape.geom_type in ("Polygon", "MultiPolygon")
        made.append(
            VersionFeature(
                version=version,
                number=row.number,
                code=row.code[:15],
                name=row.name[:60],
                grade=row.grade if row.grade in ("A", "B", "C", "ALL") else "ALL",
                beat=row.beat,
                shape=_geos(row.shape) if fits and not row.removed else None,
                change=change,
            )
        )
    VersionFeature.objects.bulk_create(made, batch_size=BATCH)
    if version.kind == Kind.GRIDS:
        lonely = [row.code for row in rows if row.code not in old and not row.removed and not row.beat]
        if lonely:
            sentence = _(
                "%(count)d 个新网格还没有责任网格（例如 %(code)s），案件会没有监督员可派；可在文件里加一列“责任网格”。"
            )
            report.warnings.append(Problem(0, "beat", sentence % {"count": len(lonely), "code": lonely[0]}))
    version.counts = counts
    version.problems = [
        {"level": level, "row": p.row, "column": p.column, "sentence": p.sentence}
        for level, found in (("error", report.errors), ("warning", report.warnings))
        for p in found[:SHOWN_PROBLEMS]
    ]
    version.effect = None


def _geos(shape: Any) -> geos.MultiPolygon:
    return geos.GEOSGeometry(memoryview(geometry.multi(shape).wkb), srid=SRID)  # type: ignore[return-value]


def has_errors(version: GroundVersion) -> bool:
    return any(problem["level"] == "error" for problem in version.problems)


def submit(*, version: GroundVersion) -> GroundVersion:
    """提交批准."""
    with transaction.atomic():
        row = _held(version, (State.DRAFT,), _("这个版本已经提交。"))
        if has_errors(row):
            raise Refused(_("还有错误没有改正，请改好文件重新上传。"), status=409, code="errors")
        if not any(row.counts.get(change) for change in ("added", "shape", "words", "removed")):
            raise Refused(_("与现行的没有不同，不用提交。"), status=409, code="same")
        return _to(row, State.SUBMITTED)


def withdraw(*, version: GroundVersion) -> GroundVersion:
    """撤回, as long as it does not count yet."""
    open_states = (State.UPLOADED, State.DRAFT, State.SUBMITTED, State.APPROVED, State.FAILED)
    with transaction.atomic():
        return _to(_held(version, open_states, _("已经生效或退回的版本不能撤回。")), State.WITHDRAWN)


def decide(*, version: GroundVersion, by: Any, who: str, approved: bool, answer: str) -> GroundVersion:
    """批准 or 不批准, by another person than the drafter."""
    if not approved and not answer.strip():
        raise Refused(_("请写明不批准的原因。"), field="answer")
    with transaction.atomic():
        row = _held(version, (State.SUBMITTED,), _("只有待批准的版本可以批准或退回。"))
        if row.drafted_by_id == by.pk:
            raise Refused(
                _("起草人不能批准自己的版本，请另一位管理员或领导批准。"), status=403, code="approve_self"
            )
        if approved:
            if row.effective < timezone.localdate():
                raise Refused(_("生效日期已经过去，请撤回后改期重新上传。"), status=409, code="late")
            row = check_again(version=row)
            if has_errors(row):
                raise Refused(
                    _("起草以后现行的区划或网格变了，这个版本不再合适，请退回。"), status=409, code="stale"
                )
        row.decided_by, row.decided_at, row.answer = by, timezone.now(), answer.strip()[:500]
        state = State.APPROVED if approved else State.REJECTED
        after = {"state": state.value, "counts": row.counts, "digest": row.digest}
        audit.record(
            by=who, person=by.pk, subject=f"ground {row.pk}", before={"state": row.state}, after=after
        )
        return _to(row, state)


def apply(*, version: GroundVersion, checked: bool = False) -> GroundVersion:
    """Make it count from its day. checked: it was checked in this very transaction.

    Raises: Refused 409, where the ground has changed so that it no longer fits; the caller marks it failed.
    """
    with transaction.atomic():
        row = GroundVersion.objects.select_for_update().get(pk=version.pk)
        if not checked:
            row = check_again(version=row)
        if has_errors(row):
            errors = [problem["sentence"] for problem in row.problems if problem["level"] == "error"]
            raise Refused("；".join(errors[:3]), status=409, code="stale")
        changed = row.features.exclude(change=VersionFeature.Change.SAME)
        (_apply_grids if row.kind == Kind.GRIDS else _apply_divisions)(row, list(changed))
        if row.kind == Kind.DIVISIONS:
            derived.refresh_divisions()  # a place is found by its new name from now on
        row.applied_at, row.content = timezone.now(), None
        return _to(row, State.IN_FORCE)


def keep_effect(*, version: GroundVersion, effect: dict[str, Any]) -> GroundVersion:
    """What it means for cases and posts, as whoever decides was shown it and as it came out."""
    version.effect = effect
    version.save(update_fields=["effect"])
    return version


def failed(*, version: GroundVersion, sentence: str) -> GroundVersion:
    """It could not count on its day; why is shown on its page."""
    row = GroundVersion.objects.get(pk=version.pk)
    row.problems = [{"level": "error", "row": 0, "column": "", "sentence": sentence}]
    return _to(row, State.FAILED)


def _apply_divisions(version: GroundVersion, features: list[VersionFeature]) -> None:
    """Old values go to the past, new ones count; a retired division keeps its row without a shape, since grids, beats
    and posts of the past refer to it."""
    on, change = version.effective, VersionFeature.Change
    old = Division.objects.in_bulk([feature.code for feature in features])
    features.sort(key=lambda feature: len(feature.code))
    for feature in features:
        division = old.get(feature.code)
        if division is None:
            _new_division(feature, on)
            continue
        if division.valid_from is None or division.valid_from < on:
            DivisionPast.objects.update_or_create(
                code=division.code,
                valid_to=on,
                defaults={
                    name: getattr(division, name)
                    for name in ("name", "level", "shape", "grade", "active", "synthetic", "valid_from")
                },
            )
        division.valid_from, division.valid_to = on, None
        if feature.change == change.REMOVED:
            division.shape, division.active, division.valid_to = None, False, on
            division.valid_from = None
        else:
            division.name = feature.name or division.name
            division.grade = feature.grade
            division.shape = feature.shape if feature.shape is not None else division.shape
            division.synthetic = False
        division.save()


def _new_division(feature: VersionFeature, on: date) -> None:
    above = parents(feature.code)
    known = set(Division.objects.filter(code__in=above).values_list("code", flat=True))
    Division.objects.create(
        code=feature.code,
        name=feature.name,
        level=len(feature.code),
        parent_id=next((code for code in reversed(above) if code in known), None),
        shape=feature.shape,
        grade=feature.grade,
        valid_from=on,
    )


def _apply_grids(version: GroundVersion, features: list[VersionFeature]) -> None:
    """Old versions end on the day, new ones begin; a redrawn grid keeps its beat unless the file names another."""
    on, change = version.effective, VersionFeature.Change
    codes = [feature.code for feature in features]
    old = {grid.code: grid for grid in UnitGrid.in_force(on).filter(code__in=codes)}
    beats: dict[str, list[int]] = {}
    through = Beat.grids.through
    for code, beat in through.objects.filter(unitgrid__in=[g.pk for g in old.values()]).values_list(
        "unitgrid__code", "beat_id"
    ):
        beats.setdefault(code, []).append(beat)
    # A version that begins the same day is replaced in place; one that began before ends.
    same_day = {code: grid for code, grid in old.items() if grid.valid_from == on}
    UnitGrid.objects.filter(pk__in=[g.pk for c, g in old.items() if c not in same_day]).update(valid_to=on)
    UnitGrid.objects.filter(pk__in=[grid.pk for grid in same_day.values()]).delete()
    live = [feature for feature in features if feature.change != change.REMOVED]
    shapes = [feature.shape if feature.shape is not None else old[feature.code].shape for feature in live]
    areas = geometry.areas_m2([geometry.from_geos(shape) for shape in shapes])
    made = UnitGrid.objects.bulk_create(
        [
            UnitGrid(
                code=feature.code,
                community_id=feature.code[:12],
                shape=shape,
                area_m2=round(area, 1),
                grade=feature.grade,
                valid_from=on,
            )
            for feature, shape, area in zip(live, shapes, areas, strict=True)
        ],
        batch_size=BATCH,
    )
    named = _beats({(feature.code[:6], feature.beat) for feature in live if feature.beat})
    joins = []
    for feature, grid in zip(live, made, strict=True):
        of = [named[feature.code[:6], feature.beat]] if feature.beat else beats.get(feature.code, [])
        joins += [through(beat_id=beat, unitgrid_id=grid.pk) for beat in of]
    through.objects.bulk_create(joins, batch_size=BATCH)


def _beats(wanted: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The beats of these names, made where a county has none of that name."""
    found = {}
    for county, name in sorted(wanted):
        found[county, name] = Beat.objects.get_or_create(county_id=county, name=name)[0].pk
    return found


def _held(version: GroundVersion, states: tuple[GroundVersion.State, ...], sentence: str) -> GroundVersion:
    row = GroundVersion.objects.select_for_update().get(pk=version.pk)
    if row.state not in states:
        raise Refused(sentence, status=409, code="state")
    return row


def _to(row: GroundVersion, state: GroundVersion.State) -> GroundVersion:
    row.state = state
    row.save()
    return row
