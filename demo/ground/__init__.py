"""The demo city's ground: real county outlines, codes and names; invented boundaries, streets and unit grids.

`build(seed)` is pure and gives the same ground for the same seed;
`load(ground, …)` writes it into the database.
"""

from datetime import date
from typing import TYPE_CHECKING

from demo.ground.making import Ground, build

if TYPE_CHECKING:
    from xiucheng.territory.models import Beat

__all__ = ["Ground", "build", "load"]


def load(ground: Ground, *, valid_from: date) -> "list[Beat]":
    """See `demo.ground.loading.load`. Imported late: building needs no database and no Django."""
    from demo.ground import loading

    return loading.load(ground, valid_from=valid_from)
