"""Write a ground into the database, through the same actions that an administrator's import takes."""

from datetime import date

from django.db import transaction

from demo.ground.making import Ground
from xiucheng.territory import actions
from xiucheng.territory.actions import BeatRow, DivisionRow, GridRow, StreetRow
from xiucheng.territory.models import Beat


def load(ground: Ground, *, valid_from: date) -> list[Beat]:
    """Store divisions, unit grids, streets and beats in one transaction; grids count from `valid_from` on.

    Returns the beats, in the order of `ground.beats`. The ground must not be loaded already (ImportRefused).
    """
    with transaction.atomic():
        actions.import_divisions(
            rows=[DivisionRow(d.code, d.name, d.shape, d.grade, True, d.synthetic) for d in ground.divisions]
        )
        actions.import_grids(
            rows=[GridRow(g.code, g.shape, g.grade, True) for g in ground.unit_grids], valid_from=valid_from
        )
        actions.load_streets(
            rows=[StreetRow(s.name, s.kind, s.shape, s.width_m, True) for s in ground.streets]
        )
        return actions.load_beats(
            rows=[BeatRow(b.name, b.county, b.grids) for b in ground.beats], on=valid_from
        )
