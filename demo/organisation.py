"""Write the bodies, people, posts and duties of the demo city. One call, inside the caller's transaction."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from demo import accounts
from demo.bodies import BodyPlan, bodies
from demo.duties import PROCEDURE, duties
from demo.roster import PostPlan, posts
from xiucheng.catalog import queries as catalog
from xiucheng.catalog import snapshot
from xiucheng.catalog.models import Category, Duty, FallbackDuty
from xiucheng.catalog.rules import GB2026
from xiucheng.people.actions import generate_password
from xiucheng.people.models import Department, Person, Post
from xiucheng.territory.models import Beat

SOURCE = "示例权责清单"


@dataclass(frozen=True, slots=True)
class Organisation:
    """How much was written."""

    departments: int
    posts: int
    accounts: int
    duties: int


def write(
    names: Mapping[str, str], beats: Sequence[Beat], grids: Sequence[str], *, seed: int, since: date
) -> Organisation:
    """Write it all. names: of divisions by code; grids: the first grid of each beat; since: posts begin."""
    plans = bodies(names)
    departments = _departments(plans)
    roster = posts(names, grids, seed)
    passwords = {plan.username: generate_password() for plan in roster if plan.account}
    _people(roster, departments, beats, passwords, since)
    written = _duties(plans, departments, sorted(code for code in names if len(code) == 6), since)
    _fallbacks(plans, departments, since)
    accounts.keep(passwords)
    snapshot.changed()
    return Organisation(len(departments), len(roster), len(passwords), written)


def _departments(plans: Sequence[BodyPlan]) -> dict[str, Department]:
    rows: dict[str, Department] = {}
    for plan in plans:  # parents come first, and need their key before their children are saved
        rows[plan.key] = Department(
            code=plan.code,
            name=plan.name,
            short=plan.short,
            kind=plan.kind,
            division_code=plan.division,
            level=plan.level,
            parent=rows[plan.parent] if plan.parent else None,
            is_command_centre=plan.is_command_centre,
            is_fallback=plan.is_fallback,
            synthetic=True,
        )
        if not plan.kind:
            rows[plan.key].save(force_insert=True)
    Department.objects.bulk_create(row for row in rows.values() if row.pk is None)
    return rows


def _people(
    roster: Sequence[PostPlan],
    departments: Mapping[str, Department],
    beats: Sequence[Beat],
    passwords: Mapping[str, str],
    since: date,
) -> None:
    with ThreadPoolExecutor() as pool:  # Argon2 is slow on purpose, and leaves the interpreter meanwhile
        hashed = dict(zip(passwords, pool.map(make_password, passwords.values()), strict=True))
    unusable, now = make_password(None), timezone.now()
    people = [
        Person(
            username=plan.username,
            name=plan.name,
            password=hashed.get(plan.username, unusable),
            created_at=now,
        )
        for plan in roster
    ]
    Person.objects.bulk_create(people)
    rows = [
        Post(
            person=person,
            department=departments[plan.body],
            role=plan.role.value,
            title=plan.title,
            scope_codes=list(plan.scope),
            is_head=plan.is_head,
            on_duty=plan.on_duty,
            valid_from=since,
        )
        for plan, person in zip(roster, people, strict=True)
    ]
    Post.objects.bulk_create(rows)
    link = Post.beats.through
    link.objects.bulk_create(
        link(post=row, beat=beats[n]) for plan, row in zip(roster, rows, strict=True) for n in plan.beats
    )


def _duties(
    plans: Sequence[BodyPlan], departments: Mapping[str, Department], counties: Sequence[str], since: date
) -> int:
    matters: dict[str, Category] = {
        row.code: row for row in catalog.categories(kind="matter", standard=GB2026)
    }
    wanted = duties(matters.values(), plans, counties)
    rows = [
        Duty(
            category=matters[plan.code],
            division_code=plan.county,
            lead=departments[plan.lead],
            legal_basis=plan.legal_basis,
            procedure=PROCEDURE,
            source=SOURCE,
            synthetic=True,
            valid_from=since,
        )
        for plan in wanted
    ]
    Duty.objects.bulk_create(rows)
    link = Duty.cooperating.through
    link.objects.bulk_create(
        link(duty=row, department=departments[key])
        for plan, row in zip(wanted, rows, strict=True)
        for key in plan.helpers
    )
    return len(rows)


def _fallbacks(plans: Sequence[BodyPlan], departments: Mapping[str, Department], since: date) -> None:
    """兜底单位: the street office of each township, the bureau of each county."""
    FallbackDuty.objects.bulk_create(
        FallbackDuty(division_code=plan.division, department=departments[plan.key], valid_from=since)
        for plan in plans
        if plan.is_fallback and plan.level != "city"
    )
