"""Who works in the demo city: persons, posts, and which of them have an account to try. Pure.

Whoever has an account is on duty; everybody else has no usable password and is at home. So whatever is drawn
at random among those on duty goes to somebody whose desk can be opened.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from demo.bodies import CITY_TRADES, COUNTY_TRADES
from demo.names import person_name
from demo.spec import CENTRE, CITY, PINYIN
from xiucheng.people.rules import Role

HEADS_WITH_ACCOUNT = ("chengguan", "huanwei", "shizheng", "yuanlin", "paishui", "jiaojing", "ludeng")


@dataclass(frozen=True, slots=True)
class PostPlan:
    """One person in one post. body: key of his department. beats: positions in the ground's list."""

    username: str
    role: Role
    body: str
    scope: tuple[str, ...]
    title: str = ""
    is_head: bool = False
    account: bool = False
    on_duty: bool = True
    beats: tuple[int, ...] = ()
    name: str = field(default="")


def posts(names: Mapping[str, str], beats: Sequence[str], seed: int) -> tuple[PostPlan, ...]:
    """All posts. names: of divisions by code; beats: for each beat its first grid."""
    rng = Random(f"{seed}/roster")
    found = [*_city()]
    for county in sorted(code for code in names if len(code) == 6):
        found += _county(county, [n for n, grid in enumerate(beats) if grid.startswith(county)], beats)
    for street in sorted(code for code in names if len(code) == 9):
        found += _street(street)
    return tuple(replace(plan, name=person_name(rng)) for plan in found)


def _city() -> Iterator[PostPlan]:
    scope = (CITY,)
    jiandu, zhihui, top = f"{CITY}/jiandu", f"{CITY}/zhihui", f"{CITY}/ju"
    yield PostPlan("km.intake1", Role.INTAKE, jiandu, scope, "市受理员", account=True)
    yield PostPlan("km.shift1", Role.SHIFT_LEADER, jiandu, scope, "市值班长", account=True)
    for n in (1, 2):
        yield PostPlan(f"km.dispatcher{n}", Role.DISPATCHER, zhihui, scope, "市派遣员", account=True)
        yield PostPlan(f"km.leader{n}", Role.LEADER, top, scope, "市指挥长", account=n == 1)
    yield PostPlan("km.evaluator1", Role.EVALUATOR, jiandu, scope, "市考评员", account=True)
    yield PostPlan("km.sysadmin", Role.SYSTEM_ADMIN, top, scope, "系统管理员", account=True)
    yield PostPlan("km.secadmin", Role.SECURITY_ADMIN, top, scope, "安全管理员", account=True)
    yield PostPlan("km.auditor", Role.AUDITOR, top, scope, "审计员", account=True)
    for word, *_rest in CITY_TRADES:
        yield from _trade(f"km.{word}", f"{CITY}/{word}", scope)


def _county(county: str, own: list[int], beats: Sequence[str]) -> Iterator[PostPlan]:
    short, scope, centre = PINYIN.get(county, f"c{county}"), (county,), county == CENTRE
    jiandu, zhihui, bureau = (f"{county}/{word}" for word in ("jiandu", "zhihui", "ju"))
    for n in (1, 2, 3):
        yield PostPlan(
            f"{short}.intake{n}", Role.INTAKE, jiandu, scope, "受理员", account=n < (3 if centre else 2)
        )
    for n in (1, 2):
        on = n == 1 or centre
        yield PostPlan(f"{short}.shift{n}", Role.SHIFT_LEADER, jiandu, scope, "值班长", account=on)
        yield PostPlan(f"{short}.dispatcher{n}", Role.DISPATCHER, zhihui, scope, "派遣员", account=on)
    yield PostPlan(f"{short}.leader1", Role.LEADER, bureau, scope, "局长", account=True)
    yield PostPlan(f"{short}.evaluator1", Role.EVALUATOR, jiandu, scope, "考评员", account=centre)
    for n in range(1, 4 if centre else 3):
        mine = tuple(own[n - 1 :: 3][:4])
        yield PostPlan(
            f"{short}.inspector{n}", Role.INSPECTOR, jiandu, scope, "机动监督员", account=True, beats=mine
        )
    for place, n in enumerate(own, start=1):
        yield PostPlan(
            f"{short}.beat{place:02d}", Role.INSPECTOR, jiandu, (beats[n][:9],), "监督员", beats=(n,),
            on_duty=False,
        )  # fmt: skip
    for word, *_rest in COUNTY_TRADES:
        yield from _trade(f"{short}.{word}", f"{county}/{word}", scope)


def _trade(username: str, body: str, scope: tuple[str, ...]) -> Iterator[PostPlan]:
    word = body.split("/")[1]
    central = scope[0] in (CITY, CENTRE)
    for n in (1, 2):
        yield PostPlan(f"{username}{n}", Role.DEPARTMENT, body, scope, "经办人", account=n == 1)
    head = central and word in HEADS_WITH_ACCOUNT
    yield PostPlan(f"{username}.head", Role.DEPARTMENT, body, scope, "负责人", is_head=True, account=head)


def _street(street: str) -> Iterator[PostPlan]:
    short = f"{PINYIN.get(street[:6], street[:6])}.street{street[6:]}"
    body, centre = f"{street}/jie", street.startswith(CENTRE)
    yield PostPlan(f"{short}.clerk", Role.DEPARTMENT, body, (street,), "街道经办人", account=centre)
    yield PostPlan(f"{short}.head", Role.DEPARTMENT, body, (street,), "街道负责人", is_head=True)
    worker = centre and street[6:] in ("001", "002")
    yield PostPlan(f"{short}.grid", Role.GRID_WORKER, body, (street,), "网格员", account=worker)
