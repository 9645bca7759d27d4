"""Which tables of the ground are configuration."""

from xiucheng.kernel.configuration import Table, register
from xiucheng.kernel.marking import gettext_noop
from xiucheng.territory.addresses import derived

RIGHT = "manage_territory"


def _divisions() -> None:
    derived.refresh_divisions()


def _streets() -> None:
    derived.refresh_streets()


# Streets and crossings lie in divisions, so both are found anew where either has changed.
register(
    Table(
        "divisions",
        "territory.Division",
        gettext_noop("行政区划"),
        ("code",),
        RIGHT,
        after=(_divisions, _streets),
    )
)
register(Table("unit_grids", "territory.UnitGrid", gettext_noop("单元网格"), ("code", "valid_from"), RIGHT))
register(
    Table(
        "divisions_past",
        "territory.DivisionPast",
        gettext_noop("行政区划旧版本"),
        ("code", "valid_to"),
        RIGHT,
    )
)
register(
    Table("streets", "territory.Street", gettext_noop("街道"), ("name", "kind"), RIGHT, after=(_streets,))
)
register(Table("beats", "territory.Beat", gettext_noop("责任网格"), ("county", "name"), RIGHT))
