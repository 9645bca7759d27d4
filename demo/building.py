"""Build the demo city in phases. Each is one transaction that ends with its own mark: killed in the middle, the
next start goes on with the phase that was lost, under the same seed and day. The last mark opens /readyz.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from time import monotonic
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from demo import addresses, ground, organisation
from demo.life import settle
from demo.pictures import pictures
from demo.spec import Wanted
from xiucheng.cases import cells, search_index
from xiucheng.cases.models import Receipt, Reporter
from xiucheng.catalog.models import Duty
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files.actions import store
from xiucheng.kernel.ledger.anchors import anchor
from xiucheng.kernel.ledger.registry import ledgers
from xiucheng.kernel.models import Setting, StoredFile
from xiucheng.people.models import Department, Person, Post
from xiucheng.territory import actions as territory
from xiucheng.territory.models import Beat, Division

WANTED, BUILT = "demo.wanted", "demo.built"
NAMESPACE = UUID("6f1d3b54-7a0c-5d5e-9a44-2b8f0c9a1e77")
LOCK = 0x58C0DE  # an advisory lock: two builds at once wait for each other
Say = Callable[[str], None]


class AlreadyBuilt(Refused):
    """The city stands already."""


def build(
    wanted: Wanted,
    say: Say = lambda _text: None,
    *,
    land: Callable[[], ground.Ground] | None = None,
) -> dict[str, float]:
    """Build the city, or what is missing of it; seconds of each phase. land: another ground than Kunming's.

    A build that was begun under another seed or day goes on under that one, and says so.
    Raises: AlreadyBuilt; Refused, where other data is in the way.
    """
    with alone():
        if marked(BUILT):
            raise AlreadyBuilt(_("演示城市已经建成。要重建，请换一个空的数据库。"), status=409)
        wanted = begun(wanted, say)
        seconds: dict[str, float] = {}
        land = cache(land or (lambda: ground.build(wanted.seed)))
        phases: tuple[tuple[str, str, Callable[[], str]], ...] = (
            ("ground", "区划、网格、街道 (ground)", lambda: lay_ground(land(), wanted)),
            ("addresses", "地址 (addresses)", lambda: number_doors(land(), wanted)),
            ("organisation", "部门、岗位、权责清单 (organisation)", lambda: organise(land(), wanted)),
            ("pictures", "示例照片 (pictures)", lambda: draw(wanted)),
            ("cases", "一年的案件 (cases)", lambda: year(land(), wanted, say)),
            ("counts", "查找和地图 (index, cells)", count_up),
            ("built", "锚定记录链 (anchors)", seal),
        )
        for name, label, work in phases:
            began = monotonic()
            key = f"demo.{name}"
            if marked(key):
                continue
            say(f"▸ {label} …")
            with transaction.atomic():
                said = work()
                mark(key, said)
            seconds[name] = monotonic() - began
            say(f"  ✓ {label}：{said} {seconds[name]:.1f} s")
        return seconds


@contextmanager
def alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def begun(wanted: Wanted, say: Say) -> Wanted:
    """What an interrupted build wanted, else this; kept, so that all phases mean the same city."""
    row = Setting.objects.filter(key=WANTED).first()
    if row is None:
        if Division.objects.exists():
            raise Refused(_("数据库里已经有区划，不是空的城市，不能生成演示城市。"), status=409)
        facts = {
            "seed": wanted.seed, "now": wanted.now.isoformat(), "cases": wanted.cases, "days": wanted.days,
            "waiting": wanted.waiting,
        }  # fmt: skip
        mark(WANTED, json.dumps(facts))
        return wanted
    facts = json.loads(row.value)
    kept = Wanted(**{**facts, "now": datetime.fromisoformat(facts["now"])})
    if kept != wanted:
        text = _("继续上次中断的生成：种子 %(seed)s，截至 %(now)s。")
        say(text % {"seed": kept.seed, "now": f"{kept.now:%Y-%m-%d %H:%M}"})
    return kept


def marked(key: str) -> bool:
    return Setting.objects.filter(key=key).exists()


def mark(key: str, value: str) -> None:
    Setting.objects.create(
        key=key, division_code="", value=value, changed_at=timezone.now(), changed_by="build_demo"
    )


# -- phases ---


def lay_ground(land: ground.Ground, wanted: Wanted) -> str:
    fresh(Beat)
    beats = ground.load(land, valid_from=wanted.since)
    return f"{len(land.divisions)} 个区划，{len(land.unit_grids)} 个单元网格，{len(beats)} 个责任网格"


def number_doors(land: ground.Ground, wanted: Wanted) -> str:
    done = territory.import_addresses_now(
        data=addresses.table(land, wanted.seed), crs="CGCS2000", source="", synthetic=True
    )
    return f"{done.count} 个地址点"


def organise(land: ground.Ground, wanted: Wanted) -> str:
    fresh(Department, Person, Post, Duty)
    by_name = {(beat.name, beat.county_id): beat for beat in Beat.objects.all()}
    beats = [by_name[plan.name, plan.county] for plan in land.beats]
    written = organisation.write(
        {area.code: area.name for area in land.divisions},
        beats,
        [plan.grids[0] for plan in land.beats],
        seed=wanted.seed,
        since=wanted.since,
    )
    return (
        f"{written.departments} 个部门，{written.posts} 个岗位，{written.accounts} 个可登录账号，"
        f"{written.duties} 条权责"
    )


def draw(wanted: Wanted) -> str:
    """Store the pictures; their ids come from the seed, so that the ledger is the same again."""
    drawn = pictures(wanted.seed)
    for (scene, variant), content in drawn.items():
        row = store(content)
        wished = picture_id(wanted.seed, scene, variant)
        if row.pk != wished:  # just stored: nothing refers to it yet
            StoredFile.objects.filter(pk=row.pk).update(id=wished)
    return f"{len(drawn)} 张"


def year(land: ground.Ground, wanted: Wanted, say: Say) -> str:
    fresh(Reporter)
    if not Receipt.objects.exists():
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval('kernel_receipt_seq', 1, false)")
    return settle(land, wanted, NAMESPACE, say)


def fresh(*tables: type[Model]) -> None:
    """Number from 1 again where a table is empty: ids enter the ledger, and a phase that was lost used some up."""
    with connection.cursor() as cursor:
        for table in tables:
            if not table._default_manager.exists():
                name = connection.ops.quote_name(table._meta.db_table)
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), 1, false)", [name])


def picture_id(seed: int, scene: str, variant: int) -> UUID:
    return uuid5(NAMESPACE, f"{seed}/{scene}/{variant}")


def count_up() -> str:
    """What the worker would do in its first hour: the index of words, the counts of the map."""
    indexed = 0
    while found := search_index.index_changed():
        indexed += found
    cells.refresh_open()
    cells.refresh_all()
    cells.refresh_months()
    return f"{indexed} 件可查"


def seal() -> str:
    at = timezone.now()
    made = [anchor(ledger, at=at, full=True) for ledger in ledgers()]
    return "、".join(f"{one.count} 条链" for one in made if one is not None)
