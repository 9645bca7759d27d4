"""From rows of the store to the list that a person chooses from: numbers between numbers, order, reasons. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xiucheng.kernel.marking import gettext_noop
from xiucheng.territory.addresses.rules import words
from xiucheng.territory.addresses.rules.kinds import WEIGHT, Family, Kind
from xiucheng.territory.addresses.rules.matching import How
from xiucheng.territory.addresses.rules.ranking import Ask
from xiucheng.territory.rules import Fault as Sentence

WIDEST_GAP = 200
"""Numbers further apart than this say nothing about those between them [P]."""
LONGEST_GAP_M = 3000.0
_WORSE = 40.0
"""What is so much worse than the best is not shown [P]."""

REASONS = {
    How.EXACT: gettext_noop("名称一致"),
    How.PINYIN: gettext_noop("拼音一致"),
    How.BEGINNING: gettext_noop("名称的开头一致"),
    How.INITIALS: gettext_noop("拼音首字母一致"),
    How.PINYIN_BEGINNING: gettext_noop("拼音的开头一致"),
    How.SOUND: gettext_noop("读音相同"),
    How.SOUND_BEGINNING: gettext_noop("开头的读音相同"),
    How.PART: gettext_noop("名称中含有这几个字"),
    How.INITIALS_BEGINNING: gettext_noop("拼音首字母的开头一致"),
    How.BLUR: gettext_noop("读音相近"),
    How.SLIP: gettext_noop("可能有错字，最接近的名称"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """An address point of the store. ask: which question it answers, by place in the list."""

    ask: int
    role: str
    """head, number, whole, below, above, crossing."""
    kind: Kind
    name: str
    street: str
    serial: int | None
    county: str
    township: str
    community: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A place found. codes: community, township or county, the finest known; street: an address for a shop."""

    kind: Kind
    name: str
    codes: str
    street: str
    lon: float
    lat: float
    exact: bool
    why: tuple[Sentence, ...]
    score: float


def answers(
    asked: Sequence[Ask], rows: Iterable[Row], *, near: tuple[float, float] | None = None, limit: int = 8
) -> list[Answer]:
    """The places that were meant, the likeliest first."""
    by_ask: dict[int, list[Row]] = {n: [] for n in range(len(asked))}
    for row in rows:
        by_ask[row.ask].append(row)
    crossed = any(ask.across and by_ask[n] for n, ask in enumerate(asked))
    every = [
        found
        for n, ask in enumerate(asked)
        if not (crossed and (ask.no_crossing or ask.across == ()))
        for found in _of(ask, by_ask[n])
    ]
    scored = [(answer.score + _nearness(answer, near), answer) for answer in every]
    scored.sort(key=lambda pair: (-pair[0], pair[1].name, pair[1].codes, pair[1].lon))
    chosen: dict[tuple[object, ...], Answer] = {}
    for score, answer in scored:
        if score < scored[0][0] - _WORSE or len(chosen) == limit:
            break
        digits = 3 if answer.kind is Kind.CROSSING else 5  # measured and derived, a crossing is one crossing
        chosen.setdefault((answer.name, round(answer.lon, digits), round(answer.lat, digits)), answer)
    return list(chosen.values())


def _of(ask: Ask, rows: list[Row]) -> Iterable[Answer]:
    reason = _reason(ask)
    sure = ask.hit.how in (How.EXACT, How.PINYIN, How.BEGINNING, How.INITIALS, How.PINYIN_BEGINNING, How.PART)
    if ask.across is not None:
        yield from (_answer(ask, row, sure, reason) for row in rows if row.role == "crossing")
    elif ask.number is None:
        yield from _unnumbered(ask, rows, sure, reason)
    else:
        yield from _numbered(ask, rows, sure, reason)


def _unnumbered(ask: Ask, rows: list[Row], sure: bool, reason: tuple[Sentence, ...]) -> Iterable[Answer]:
    heads = [row for row in rows if row.role == "head"]
    if ask.no_crossing:
        reason, sure = (*reason, Sentence(gettext_noop("没有查到这两条路的路口"))), False
    yield from (_answer(ask, row, sure, reason, -8 if ask.no_crossing else 0) for row in heads)
    if not heads and ask.hit.name.family in (Family.STREET, Family.ESTATE):
        yield _approximate(ask, (*reason, Sentence(gettext_noop("大致位置"))), -4)


def _numbered(ask: Ask, rows: list[Row], sure: bool, reason: tuple[Sentence, ...]) -> Iterable[Answer]:
    number = ask.number
    assert number is not None
    plainly = () if ask.hit.how is How.EXACT and ask.hit.name.called == ask.hit.name.name else reason
    if exact := [row for row in rows if row.role == "number"]:
        yield from (_answer(ask, row, sure, reason) for row in exact)
        return
    if ask.hit.name.family is Family.THING:
        return  # somewhere along the lamps is nowhere
    if whole := [row for row in rows if row.role == "whole"]:
        said = Sentence(
            gettext_noop("没有 {number} 的记录，定位到 {name}"), {"number": ask.typed, "name": whole[0].name}
        )
        yield from (_answer(ask, row, False, (*plainly, said), -6) for row in whole)
        return
    if ask.hit.name.family is Family.STREET and number.serial is not None:
        known = [
            (row.serial, row) for row in rows if row.role in ("below", "above") and row.serial is not None
        ]
        if between := bracket(number.serial, [serial for serial, _row in known]):
            low, high = (next(row for serial, row in known if serial == end) for end in between)
            if _metres(low.lon, low.lat, high.lon, high.lat) <= LONGEST_GAP_M:
                yield _between(ask, number.serial, low, high, plainly)
                return
        if known:
            nearest = min(known, key=lambda pair: (abs(pair[0] - (number.serial or 0)), pair[0]))[1]
            said = Sentence(
                gettext_noop("没有 {number} 号的记录，最近的是 {name}"),
                {"number": number.serial, "name": nearest.name},
            )
            yield _answer(ask, nearest, False, (*plainly, said), -12)
            return
    said = Sentence(
        gettext_noop("没有 {number} 的记录，定位到 {name}"), {"number": ask.typed, "name": ask.hit.name.name}
    )
    heads = [row for row in rows if row.role == "head"]
    yield from (_answer(ask, row, False, (*plainly, said), -20) for row in heads)
    if not heads:
        yield _approximate(ask, (*plainly, said), -20)


def bracket(serial: int, known: Sequence[int]) -> tuple[int, int] | None:
    """The two known numbers between which a number lies: of its own side of the street (odd, even) if possible.

    >>> bracket(123, [119, 120, 121, 122, 124, 125, 127]), bracket(123, [120, 124]), bracket(123, [125, 127])
    ((121, 125), (120, 124), None)
    """
    for side in ([n for n in known if n % 2 == serial % 2], known):
        low = max((n for n in side if n < serial), default=None)
        high = min((n for n in side if n > serial), default=None)
        if low is not None and high is not None and high - low <= WIDEST_GAP:
            return low, high
    return None


def _between(ask: Ask, serial: int, low: Row, high: Row, reason: tuple[Sentence, ...]) -> Answer:
    assert low.serial is not None
    assert high.serial is not None
    share = (serial - low.serial) / (high.serial - low.serial)
    said = Sentence(
        gettext_noop("没有 {number} 号的记录，按 {low} 号和 {high} 号之间推算"),
        {"number": serial, "low": low.serial, "high": high.serial},
    )
    nearer = low if share < 0.5 else high
    return Answer(
        Kind.DOOR,
        f"{ask.hit.name.name}{serial}号",
        nearer.community or nearer.township or nearer.county,
        "",
        round(low.lon + share * (high.lon - low.lon), 7),
        round(low.lat + share * (high.lat - low.lat), 7),
        False,
        (*reason, said),
        ask.score - 4,
    )


def _answer(ask: Ask, row: Row, exact: bool, why: tuple[Sentence, ...], score: float = 0) -> Answer:
    mine = row.community or row.township or row.county
    score += ask.score + _beside(ask, row, mine) + 0.1 * (WEIGHT[row.kind] - WEIGHT[ask.hit.name.kind])
    street = row.street if row.kind in (Kind.SHOP, Kind.UNIT, Kind.LANDMARK, Kind.COMPONENT) else ""
    return Answer(row.kind, row.name, mine, street, row.lon, row.lat, exact, why, score)


def _approximate(ask: Ask, why: tuple[Sentence, ...], score: float) -> Answer:
    name = ask.hit.name
    score += ask.score + _inside(ask, name.code)
    kind = {Family.STREET: Kind.STREET, Family.ESTATE: Kind.ESTATE}.get(name.family, name.kind)
    return Answer(kind, name.name, name.code, "", name.lon, name.lat, False, why, score)


def _beside(ask: Ask, row: Row, mine: str) -> float:
    """What the other names in the question say about a row."""
    points = _inside(ask, mine)
    if ask.streets and row.street and ask.hit.name.family in (Family.PLACE, Family.ESTATE, Family.THING):
        street = words.fold(row.street)
        points += 6 if any(street.startswith(named) for named in ask.streets) else -6
    return points


def _inside(ask: Ask, mine: str) -> float:
    if not ask.divisions:
        return 0
    return 4 if any(mine.startswith(code) or code.startswith(mine) for code in ask.divisions) else -25


def _reason(ask: Ask) -> tuple[Sentence, ...]:
    name = ask.hit.name
    if name.called != name.name and ask.hit.how is How.EXACT:
        return (Sentence(gettext_noop("又名“{alias}”"), {"alias": name.called}),)
    return (Sentence(REASONS[ask.hit.how]),)


def _nearness(answer: Answer, near: tuple[float, float] | None) -> float:
    """Up to ten points for what is close to where one looks; half of them at a kilometre."""
    if near is None:
        return 0
    return 10 / (1 + _metres(answer.lon, answer.lat, *near) / 1000)


def _metres(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Plane distance, metres: good to a percent within a city."""
    east = (to_lon - lon) * 111_320 * math.cos(math.radians((lat + to_lat) / 2))
    return math.hypot(east, (to_lat - lat) * 110_574)
