"""Reading a table of growing ids without missing what commits out of order. Pure.

An id is given out before its transaction commits, so a reader that remembers the highest id it saw would miss a lower
one that commits later. Here the floor moves up to an id only when every transaction that was running when that id was
seen has ended; what lies above the floor is read again each time, and known ids are left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Watermark:
    """floor: every id up to here was seen. seen: the ids above it that were. Ids and transaction numbers grow."""

    floor: int = 0
    seen: set[int] = field(default_factory=set)
    top: int = 0  # the highest id of the last reading
    pending: tuple[int, int] | None = (
        None  # (an id, the first transaction that had not begun when it was seen)
    )

    def begin(self, oldest: int, following: int) -> int:
        """Before a reading. oldest: the oldest transaction still running; following: the next to begin.

        Returns the floor: read every id above it, then call `fresh`.

        >>> mark = Watermark()
        >>> mark.begin(100, 105), mark.fresh([1, 3])
        (0, [1, 3])
        >>> mark.begin(101, 106), mark.fresh([1, 2, 3])  # 2 committed late
        (0, [2])
        >>> mark.begin(106, 107), mark.fresh([1, 2, 3]), mark.floor
        (0, [], 3)
        """
        if self.pending is None and self.top > self.floor:
            self.pending = (self.top, following)
        self._settle = self.pending is not None and oldest >= self.pending[1]
        return self.floor

    def fresh(self, ids: Iterable[int]) -> list[int]:
        """The ids of a reading that were not seen before; the floor rises if it may."""
        read = list(ids)
        found = [number for number in read if number not in self.seen]
        self.seen.update(found)
        self.top = max([self.top, *read])
        if self._settle and self.pending is not None:
            self.floor, self.pending = self.pending[0], None
            self.seen = {number for number in self.seen if number > self.floor}
        return found

    _settle: bool = False
