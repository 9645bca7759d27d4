"""Processes that fill the slots of their clones and COPY them, a chunk a transaction."""

import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import orjson
from django.db import connection, transaction

from bench.bulk.places import Places
from bench.bulk.planning import CHINA_US, Plan
from bench.bulk.programs import DAY, EPOCH, MEMBER, Program, event_columns, fielded, filled, size
from bench.bulk.templates import CASES, EVENTS, PARTS, REPORTERS, Table
from demo.words import describe
from xiucheng.kernel import crypto
from xiucheng.kernel.ledger.link import _BASE, GENESIS

CHUNK = 1500  # clones; their events are written in order of time, as a city's are
SIZE32, SIZE16 = size(32), size(16)
NOTICE_DAYS = 30  # what the pages show; older messages are not cloned
HEADER, END = b"PGCOPY\n\xff\r\n\x00" + bytes(8), b"\xff\xff"
INT, LONG = struct.Struct(">i").pack, struct.Struct(">q").pack
WIDTH = len(MEMBER)
PREFIXES = (*range(130, 140), *range(150, 160), *range(180, 190))
FIRST_DAY, DAYS = 5000, 8000  # dates made ready: 2013 to 2035
DATES = [(EPOCH + timedelta(days=n)).date().isoformat().encode() for n in range(FIRST_DAY, FIRST_DAY + DAYS)]


@dataclass
class Shop:
    """All that a writer needs; shared by fork."""

    programs: Sequence[Program]
    places: Places
    plan: Plan
    tables: dict[str, Table]
    categories: dict[str, tuple[str, str]]  # key → code, name
    callers: list[tuple[bytes, bytes, bytes]]  # fields of name, phone, phone_index
    seed: int
    now: int

    def copies(self) -> dict[str, str]:
        found = {name: table.copy_in for name, table in self.tables.items()}
        columns = ", ".join(event_columns(self.tables[EVENTS]))
        return found | {EVENTS: f"COPY {EVENTS} ({columns}) FROM STDIN (FORMAT BINARY)"}


def callers(count: int, seed: int) -> list[tuple[bytes, bytes, bytes]]:
    """People who report, some of them again and again; encrypted once. Their numbers belong to nobody."""
    from demo.names import citizen

    rng, found = Random(seed), []
    for n in range(count):
        name, phone = citizen(rng)
        if phone:
            phone = f"{PREFIXES[n % len(PREFIXES)]}0000{rng.randrange(10_000):04d}"
        index = crypto.blind_index(phone, purpose="phone") if phone else ""
        texts = (crypto.encrypt(name), crypto.encrypt(phone), index)
        found.append(tuple(fielded(text.encode()) for text in texts))
    return found  # type: ignore[return-value]


def chunks(plan: Plan, worker: int, workers: int) -> Iterator[range]:
    for n, start in enumerate(range(0, len(plan.program), CHUNK)):
        if n % workers == worker:
            yield range(start, min(start + CHUNK, len(plan.program)))


def write(shop: Shop, worker: int, workers: int, done: "Sequence[int] | object") -> None:
    """Every n-th chunk. done: a shared counter of cases."""
    sql = shop.copies()
    for chunk in chunks(shop.plan, worker, workers):
        rows: dict[str, list[bytes]] = {name: [] for name in (REPORTERS, CASES, *PARTS)}
        events: list[tuple[int, bytes]] = []
        rng = Random(f"{shop.seed}/{chunk.start}")
        for n in chunk:
            clone(shop, n, rng, rows, events)
        events.sort(key=lambda pair: pair[0])
        rows[EVENTS] = [row for _at, row in events]
        with transaction.atomic():
            for name, found in rows.items():
                if found:
                    copy(sql[name], found)
        with done.get_lock():  # type: ignore[union-attr]
            done.value += len(rows[CASES])  # type: ignore[union-attr]


def copy(sql: str, rows: list[bytes]) -> None:
    with connection.cursor() as cursor, cursor.cursor.copy(sql) as stream:  # type: ignore[attr-defined]
        stream.write(HEADER)
        stream.write(b"".join(rows))
        stream.write(END)


def clone(
    shop: Shop, n: int, rng: Random, rows: dict[str, list[bytes]], events: list[tuple[int, bytes]]
) -> None:
    """One template at another time and place, added to `rows` and `events`."""
    plan = shop.plan
    program, shift, spot = shop.programs[plan.program[n]], int(plan.shift[n]), int(plan.place[n])
    micro = rng.randrange(1_000_000 - max(program.micros, default=0))
    moved = shift * DAY + micro
    days = shift - FIRST_DAY
    values = [DATES[day + days] for day in program.days]
    values += [b"%06d" % (own + micro) for own in program.micros]
    packed = program.pack(*[moment + moved for moment in program.moments])
    values += [packed[at : at + 8] for at in range(0, len(packed), 8)]
    values += shop.places.fields[shop.places.area[spot]] if spot >= 0 else program.own
    first = len(values)
    for member in range(program.members):
        values += slots_of(shop, program, n, member, spot, moved, rng)
    for form in program.long:
        values.append(fielded(filled(form, values)))
    seal(program, values, first, moved, events)
    for name, forms in program.rows.items():
        rows[name] += [text % pick(values) if pick else text for text, pick in forms]
    if program.notices and shop.now - program.last_notice - moved < NOTICE_DAYS * DAY:
        rows["cases_notice"] += [filled(form, values) for form in program.notices]


def slots_of(
    shop: Shop, program: Program, n: int, member: int, spot: int, moved: int, rng: Random
) -> tuple[bytes, ...]:
    """What is one case's own, in order of `MEMBER`."""
    plan, places = shop.plan, shop.places
    where = int(plan.first[n]) + member
    key = new_id(rng)
    text = key.hex()
    identity = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}".encode()
    number = b"%b-%06d" % (local_day(program.reported[member] + moved), plan.number[where])
    filed, sequence = program.filed[member], int(plan.sequence[where])
    case_number = b""
    if filed is not None and sequence:
        case_number = b"%b%b%05d" % (program.county.encode(), local_day(filed + moved), sequence)
    lon, lat = position(program, places, member, spot, rng)
    description, address = words(shop, program, member, spot, rng)
    reporter = int(plan.reporter[where])
    name, phone, index = rng.choice(shop.callers) if reporter else (b"", b"", b"")
    return (
        SIZE16 + key, identity, fielded(number), number, fielded(case_number), case_number,
        b"%d" % lon, size(4) + INT(lon), b"%d" % lat, size(4) + INT(lat), description, address,
        b"%d" % reporter, size(8) + LONG(reporter), SIZE16 + new_id(rng), fielded(rng.randbytes(32).hex().encode()),
        b"", name, phone, index,
    )  # fmt: skip


def new_id(rng: Random) -> bytes:
    key = bytearray(rng.randbytes(16))
    key[6], key[8] = key[6] & 15 | 64, key[8] & 63 | 128  # a random UUID, version 4
    return bytes(key)


def local_day(moment: int) -> bytes:
    day: bytes = DATES[(moment + CHINA_US) // DAY - FIRST_DAY]
    return day.replace(b"-", b"")


def position(program: Program, places: Places, member: int, spot: int, rng: Random) -> tuple[int, int]:
    """1e-7 degrees; aside from the point as far as its grid allows, merged cases close together."""
    if spot < 0:
        return program.spots[member]
    room = float(places.room[spot]) / (1 + member)
    return (
        round((float(places.lon[spot]) + rng.uniform(-room, room) * 0.7) * 1e7),
        round((float(places.lat[spot]) + rng.uniform(-room, room) * 0.7) * 1e7),
    )


def words(shop: Shop, program: Program, member: int, spot: int, rng: Random) -> tuple[bytes, bytes]:
    """Description and address as JSON and text alike: the phrases hold nothing to escape."""
    key, channel = program.subjects[member]
    code, name = shop.categories.get(key) or shop.categories["*"]
    area = int(shop.places.area[spot]) if spot >= 0 else program.area
    street, cross = shop.places.streets[area]
    text, where = describe(rng, code, name, channel, street, cross)
    return orjson.dumps(text)[1:-1], (shop.places.labels[area] + where).encode()


def seal(
    program: Program, values: list[bytes], first: int, moved: int, events: list[tuple[int, bytes]]
) -> None:
    """The events of a clone with their hashes; the last hash of each case goes into its slot."""
    heads = [GENESIS] * program.members
    base = _BASE
    for event in program.events:
        text, pick = event.canonical
        canonical = text % pick(values) if pick else text
        tail = event.tail if isinstance(event.tail, int) else len(filled(event.tail, values))
        data = canonical[event.head : -tail]
        prev = heads[event.member]
        digest = base.copy()
        digest.update(prev + canonical)
        heads[event.member] = head = digest.digest()
        text, pick = event.before
        note, noted = event.note
        events.append((
            event.at + moved,
            b"".join((
                text % pick(values) if pick else text, size(len(data) + 1), b"\x01", data,
                note % noted(values) if noted else note, size(len(canonical)), canonical,
                SIZE32, prev, SIZE32, head, event.after,
            )),
        ))  # fmt: skip
    for member, head in enumerate(heads):
        values[first + member * WIDTH + HEAD] = SIZE32 + head


HEAD = MEMBER.index("head_f")


def progress(done: "object", total: int, began: float) -> str:
    count = done.value  # type: ignore[attr-defined]
    seconds = time.monotonic() - began
    return f"{count:,} / {total:,} cases, {seconds:,.0f} s, {count / max(seconds, 0.001):,.0f} cases/s"
