"""How a time limit is said: «剩 2 工时 05 分», «超时 1 工时 20 分», «挂账至 12-20». No database.

The counting is `kernel.worktime`'s. Here a count becomes words, a state and the share of a stitched line.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from xiucheng.cases.rules.clocks import SOON
from xiucheng.kernel.windows import Season, parse_season
from xiucheng.kernel.worktime import Calendar, Unit, between, is_running, next_boundary

CHINA = ZoneInfo("Asia/Shanghai")
HOUR = 3600

MINUTE_WORD = pgettext_lazy("unit of time", "分")
# Words of a unit: for hours, and for days. 工作时 and calendar hours must not look alike.
UNIT_WORDS = {
    Unit.URGENT_HOUR: (pgettext_lazy("unit of time", "小时"), pgettext_lazy("unit of time", "天")),
    Unit.WORK_HOUR: (pgettext_lazy("unit of time", "工时"), pgettext_lazy("unit of time", "工作日")),
    Unit.URGENT_DAY: (pgettext_lazy("unit of time", "小时"), pgettext_lazy("unit of time", "天")),
    Unit.WORK_DAY: (pgettext_lazy("unit of time", "工时"), pgettext_lazy("unit of time", "工作日")),
    Unit.NATURAL_DAY: (pgettext_lazy("unit of time", "小时"), pgettext_lazy("unit of time", "天")),
    Unit.DUTY_MINUTE: (pgettext_lazy("unit of time", "小时"), pgettext_lazy("unit of time", "天")),
}
UNIT_NAMES = {
    Unit.URGENT_HOUR: gettext_lazy("紧急工作时"),
    Unit.WORK_HOUR: gettext_lazy("工作时"),
    Unit.URGENT_DAY: gettext_lazy("紧急工作日"),
    Unit.WORK_DAY: gettext_lazy("工作日"),
    Unit.NATURAL_DAY: gettext_lazy("自然日"),
    Unit.DUTY_MINUTE: gettext_lazy("值班分钟"),
}
LEFT, OVER, JUST = gettext_lazy("剩 {}"), gettext_lazy("超时 {}"), gettext_lazy("刚超时")


class Timed(Protocol):
    """What both a `Clock` row and a `ClockState` have."""

    kind: str
    unit: str
    amount: str
    started_at: datetime
    due_at: datetime
    paused_at: datetime | None
    stopped_at: datetime | None


@dataclass(frozen=True, slots=True)
class Face:
    """A clock as shown. seconds: counted ones that are left, negative when overdue; share: 0 to 100."""

    words: str
    state: str  # late, soon, ok, wait
    share: int
    title: str
    left: int = 0
    total: int = 0
    runs: bool = False
    turns_at: datetime | None = None
    day: int = 0
    hour_word: str = ""
    day_word: str = ""

    @property
    def spent(self) -> int:
        """Counted seconds that are gone, never more than there were."""
        return max(0, min(self.total, self.total - self.left))

    @property
    def soon(self) -> int:
        return int(self.total * SOON)


def day_seconds(unit: Unit, calendar: Calendar, at: datetime) -> int:
    """The counted length of one day of a unit; 0 for limits in hours and minutes, which are said in hours."""
    if unit in (Unit.URGENT_DAY, Unit.NATURAL_DAY):
        return 24 * HOUR
    if unit is Unit.WORK_DAY:
        windows = calendar.windows(at.astimezone(CHINA).date())
        return sum(end - start for start, end in windows) or 8 * HOUR
    return 0


def seconds_of(count: Fraction, unit: Unit, day: int) -> int:
    """A count in its unit as whole seconds, rounded down."""
    if unit in (Unit.URGENT_HOUR, Unit.WORK_HOUR):
        return int(count * HOUR)
    return int(count * 60) if unit is Unit.DUTY_MINUTE else int(count * day)


def spell(seconds: int, *, day: int, hour_word: str, day_word: str) -> str:
    """Counted seconds in words, whole minutes; `frontend/src/clock.ts` says the same.

    >>> spell(7500, day=0, hour_word="工时", day_word=""), spell(1080, day=0, hour_word="工时", day_word="")
    ('2 工时 05 分', '18 分')
    >>> spell(28800 * 2 + 3600, day=28800, hour_word="工时", day_word="工作日")
    '2 工作日 1 工时'
    """
    minutes = abs(seconds) // 60
    if day and minutes >= day // 60:
        days, rest = divmod(minutes, day // 60)
        hours = rest // 60
        return f"{days} {day_word} {hours} {hour_word}" if hours else f"{days} {day_word}"
    hours, rest = divmod(minutes, 60)
    return f"{hours} {hour_word} {rest:02d} {MINUTE_WORD}" if hours else f"{rest} {MINUTE_WORD}"


def face(
    clock: Timed, at: datetime, calendar: Calendar, *, name: str = "", until: datetime | None = None
) -> Face:
    """A clock at a moment. until: the end of 挂账, if it is paused by one; name: for the title."""
    unit = Unit(clock.unit)
    season = _season(clock)
    pauses = tuple(getattr(clock, "pauses", None) or ())
    title = _title(clock, unit, name, pauses)
    pauses = tuple(_pair(pause) for pause in pauses)

    def count(start: datetime, end: datetime) -> int:
        return seconds_of(between(start, end, unit, calendar, season=season, pauses=pauses), unit, day)

    day = day_seconds(unit, calendar, clock.due_at)
    total = max(1, count(clock.started_at, max(clock.started_at, clock.due_at)))
    hour_word, day_word = (str(word) for word in UNIT_WORDS[unit])

    def said(seconds: int) -> str:
        return spell(seconds, day=day, hour_word=hour_word, day_word=day_word)

    if clock.stopped_at is not None:
        used = count(clock.started_at, max(clock.started_at, clock.stopped_at))
        late = bool(getattr(clock, "overdue", False)) or clock.stopped_at > clock.due_at
        words = _("用时 %(used)s / %(limit)s") % {"used": said(used), "limit": limit_words(clock)}
        return Face(words, "late" if late else "ok", min(100, used * 100 // total), title)
    if clock.paused_at is not None:
        words = (
            _("挂账至 %(day)s") % {"day": until.astimezone(CHINA).strftime("%m-%d")}
            if until
            else _("暂停计时")
        )
        used = count(clock.started_at, max(clock.started_at, clock.paused_at))
        return Face(words, "wait", min(100, used * 100 // total), title)
    overdue = at > clock.due_at
    left = -count(clock.due_at, at) if overdue else count(max(at, clock.started_at), clock.due_at)
    state = "late" if overdue else "soon" if left < total * SOON else "ok"
    words = str(JUST if overdue and left > -60 else (OVER if overdue else LEFT)).format(said(left))
    return Face(
        words,
        state,
        100 if overdue else max(0, min(100, (total - left) * 100 // total)),
        title,
        left=left,
        total=total,
        runs=is_running(at, unit, calendar, season=season),
        turns_at=next_boundary(at, unit, calendar, season=season),
        day=day,
        hour_word=hour_word,
        day_word=day_word,
    )


def limit_words(clock: Timed) -> str:
    """«4 紧急工作时», «3.5 工作时»: exact amounts are stored as fractions."""
    amount, unit = Fraction(clock.amount), Unit(clock.unit)
    if unit is Unit.URGENT_HOUR and amount < 1:  # half of a stage limit: minutes that run day and night
        return _("%(minutes)s 分（昼夜）") % {"minutes": f"{float(amount * 60):g}"}
    number = str(amount) if amount.denominator == 1 else f"{float(amount):g}"
    return f"{number} {UNIT_NAMES[unit]}"


def _title(clock: Timed, unit: Unit, name: str, pauses: tuple[Any, ...]) -> str:
    parts = [" ".join(part for part in (name, limit_words(clock)) if part)]
    parts.append(_("到期 %(moment)s") % {"moment": local(clock.due_at)})
    if pauses:
        parts.append(
            ngettext("暂停过 %(count)d 次", "暂停过 %(count)d 次", len(pauses)) % {"count": len(pauses)}
        )
    if getattr(clock, "provisional", False):
        parts.append(_("节假日安排尚未公布，到期时间为暂定"))
    if unit in (Unit.WORK_HOUR, Unit.WORK_DAY):
        parts.append(_("只计工作时间"))
    elif unit is not Unit.DUTY_MINUTE:
        parts.append(_("昼夜连续计时"))
    return " · ".join(parts)


def local(at: datetime) -> str:
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def _pair(pause: Any) -> tuple[datetime, datetime]:
    """A pause as two moments, whether it is stored as moments or as canonical stamps."""
    start, end = pause
    parse = datetime.fromisoformat
    return (parse(start) if isinstance(start, str) else start, parse(end) if isinstance(end, str) else end)


def _season(clock: Timed) -> Season | None:
    """The days of the year on which a clock may run; None: all."""
    return parse_season(getattr(clock, "season", "") or "") or None


def worst(faces: Iterable[Face]) -> Face | None:
    """The face that most needs a look."""
    rank = {"late": 0, "soon": 1, "ok": 2, "wait": 3}
    return min(faces, key=lambda face: (rank[face.state], face.left), default=None)
