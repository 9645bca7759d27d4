"""Ids commit out of order: every committed row is read once, whatever the order; aborted ones never."""

from hypothesis import given
from hypothesis import strategies as st

from xiucheng.live.rules.watermark import Watermark


class Table:
    """What PostgreSQL shows a reader: transactions with numbers, rows with ids given out before the commit."""

    def __init__(self) -> None:
        self.next_transaction, self.next_id = 100, 1
        self.running: dict[int, list[int]] = {}
        self.visible: set[int] = set()

    def begin(self) -> None:
        self.running[self.next_transaction] = []
        self.next_transaction += 1

    def insert(self, which: int) -> None:
        if self.running:
            rows = self.running[sorted(self.running)[which % len(self.running)]]
            rows.append(self.next_id)
            self.next_id += 1

    def end(self, which: int, *, commit: bool) -> None:
        if self.running:
            rows = self.running.pop(sorted(self.running)[which % len(self.running)])
            self.visible |= set(rows) if commit else set()

    def read(self, mark: Watermark, limit: int) -> list[int]:
        floor = mark.begin(min(self.running, default=self.next_transaction), self.next_transaction)
        above = sorted(number for number in self.visible if number > floor)
        return mark.fresh(above[: limit + len(mark.seen)])


STEPS = st.lists(
    st.tuples(st.sampled_from(["begin", "insert", "insert", "commit", "abort", "read"]), st.integers(0, 9)),
    max_size=120,
)


@given(STEPS, st.integers(1, 5))
def test_every_committed_row_is_read_exactly_once(steps: list[tuple[str, int]], limit: int) -> None:
    table, mark, got = Table(), Watermark(), list[int]()
    for step, which in steps:
        match step:
            case "begin":
                table.begin()
            case "insert":
                table.insert(which)
            case "read":
                got += table.read(mark, limit)
            case _:
                table.end(which, commit=step == "commit")
    while table.running:
        table.end(0, commit=True)
    for _ in range(60):
        got += table.read(mark, limit)
    assert sorted(got) == sorted(table.visible)
    # Where nothing runs any more, nothing needs to be remembered.
    got += table.read(mark, limit) + table.read(mark, limit)
    assert not mark.seen or len(table.visible) > 60 * limit


def test_the_floor_waits_for_the_oldest_transaction() -> None:
    mark = Watermark()
    assert mark.begin(100, 102) == 0 and mark.fresh([2]) == [2]
    for _ in range(3):
        assert mark.begin(100, 103) == 0 and mark.fresh([2]) == []  # 100 still runs and may hold 1
    assert mark.begin(103, 103) == 0 and mark.fresh([1, 2]) == [1]
    assert mark.floor == 2
