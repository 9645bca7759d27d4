"""A template turned into formats with slots: cloning it is filling them, by `%` on bytes. No JSON, no model, no clock.

Slots of a group, in this order: dates (text), microseconds (text), moments (binary), place, then `MEMBER` a case, then
fields whose length varies, which are made of the others.
"""

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson

from bench.bulk.templates import CASES, EVENTS, PARTS, REPORTERS, Member, Row, Table

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL's
DAY = 86_400_000_000  # microseconds
PLACE = (
    "township_j", "township_f", "community_j", "community_f", "unit_grid_j", "unit_grid_f", "beat_j", "beat_f",
    "near_j", "near_f", "grade_j", "grade_f", "division_j",
)  # fmt: skip
MEMBER = (
    "id_f", "id_t", "number_f", "number_t", "case_number_f", "case_number_t", "lon_j", "lon_f", "lat_j", "lat_f",
    "description_t", "address_t", "reporter_j", "reporter_f", "receipt_f", "digest_f", "head_f",
    "name_f", "phone_f", "phone_index_f",
)  # fmt: skip
FIXED = {"date": 10, "micro": 6, "id_t": 36}
RAW, INSIDE = "\ue001", "\ue000"  # marks of a whole JSON value, and of a piece of text
MARKS = re.compile(f'"{RAW}(\\d+){RAW}"|{INSIDE}(\\d+){INSIDE}'.encode())
STAMP = r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.(\d{6})Z"
NULL = b"\xff\xff\xff\xff"
size = struct.Struct(">i").pack

PREFIX = len('{"at":"2026-11-24T01:02:03.000000Z","chain":"6f1d3b54-7a0c-5d5e-9a44-2b8f0c9a1e77","data":')
SEALED = ("chain", "seq", "step", "at", "data", "note", "canonical", "prev", "hash")
NAMED: dict[tuple[str, str], tuple[str, str]] = {
    (CASES, "id"): ("member", "id_f"),
    (CASES, "number"): ("member", "number_f"),
    (CASES, "case_number"): ("member", "case_number_f"),
    (CASES, "lon_e7"): ("member", "lon_f"),
    (CASES, "lat_e7"): ("member", "lat_f"),
    (CASES, "reporter_id"): ("member", "reporter_f"),
    (CASES, "head_hash"): ("member", "head_f"),
    **{
        (CASES, name): ("place", f"{name}_f")
        for name in ("township", "community", "unit_grid", "beat", "near", "grade")
    },
    ("cases_receipt", "uuid"): ("member", "receipt_f"),
    ("cases_receipt", "digest"): ("member", "digest_f"),
    (REPORTERS, "id"): ("member", "reporter_f"),
    (REPORTERS, "name"): ("member", "name_f"),
    (REPORTERS, "phone"): ("member", "phone_f"),
    (REPORTERS, "phone_index"): ("member", "phone_index_f"),
}

Slot = tuple[Any, ...]  # ("date", day) ("micro", m) ("ts", t) ("place", name) (member, name) ("long", n)
Pieces = list[bytes | Slot]
Format = tuple[bytes, Callable[[Sequence[bytes]], Any] | None]


class Odd(Exception):
    """A template that cannot be cloned as the others are."""


def fielded(value: bytes | None) -> bytes:
    """A field as binary COPY has it: its length, then its bytes."""
    return NULL if value is None else size(len(value)) + value


def filled(form: Format, values: Sequence[bytes]) -> bytes:
    return form[0] % form[1](values) if form[1] else form[0]


@dataclass(frozen=True, slots=True)
class EventProgram:
    """One event: how its canonical bytes are made, where «data» lies in them, and the row around it."""

    member: int
    at: int  # the template's moment
    canonical: Format
    head: int  # bytes before the value of «data»
    tail: int | Format  # what stands behind it, or only how long that is
    before: Format  # the row's fields before data
    note: Format
    after: bytes  # the row's fields behind hash


@dataclass(slots=True)
class Program:
    """A group of cases, ready to be cloned. ended: None while one of them is open. Moments: template's, in µs."""

    members: int
    reported: list[int]
    filed: list[int | None]
    ended: int | None
    county: str
    township: str | None
    bound: bool  # a body of one township acted: clones stay there
    gridded: bool
    border: bool
    stages: list[str]
    subjects: list[tuple[str, str]]  # category key and channel, for the words
    has_reporter: list[bool]
    own: tuple[bytes, ...] = ()
    spots: list[tuple[int, int]] = field(default_factory=list)
    area: int = 0  # whose streets are named where the place stays the template's own
    days: list[int] = field(default_factory=list)
    micros: list[int] = field(default_factory=list)
    moments: list[int] = field(default_factory=list)
    long: list[Format] = field(default_factory=list)
    events: list[EventProgram] = field(default_factory=list)
    rows: dict[str, list[Format]] = field(default_factory=dict)
    notices: list[Format] = field(default_factory=list)
    last_notice: int = 0
    pack: Any = None

    @property
    def count(self) -> int:
        return len(self.events)

    @property
    def bytes(self) -> int:
        """About what its events take: their canonical text, and the same as jsonb."""
        return sum(2 * len(event.canonical[0]) + len(event.after) for event in self.events)


class Compiler:
    """Compiles one group. tables: what is written."""

    def __init__(self, group: Sequence[Member], tables: dict[str, Table], streets: frozenset[int]) -> None:
        self.group, self.tables, self.streets = group, tables, streets
        self.slots: list[Slot] = []
        self.days: dict[int, int] = {}
        self.micros: dict[int, int] = {}
        self.moments: dict[int, int] = {}
        self.long: list[Pieces] = []
        self.marks: list[Slot] = []
        self.ids = {self.value(m.case, CASES, "id"): n for n, m in enumerate(group)}
        self.reporters = {m.reporter[0]: n for n, m in enumerate(group) if m.reporter is not None}
        self.words: dict[str, Slot] = {}
        for n, member in enumerate(group):
            for column in ("number", "case_number", "description", "address"):
                if raw := self.value(member.case, CASES, column):
                    text = raw.decode()
                    self.words.setdefault(text.removesuffix("（已核对）"), (n, f"{column}_t"))
            self.words[str(UUID(bytes=self.value(member.case, CASES, "id")))] = (n, "id_t")
        longest = sorted(self.words, key=len, reverse=True)
        self.pattern = re.compile("|".join([STAMP, *(f"({re.escape(word)})" for word in longest)]))

    def value(self, row: Row, table: str, column: str) -> bytes | None:
        return row[self.tables[table].at(column)]

    def program(self) -> Program:
        """The group as a program. Raises: Odd."""
        first = self.group[0].case
        counties = {self.value(m.case, CASES, "county") for m in self.group}
        if len(counties) > 1:
            raise Odd("two counties")
        ended = [self.moment(m.case, "ended_at") for m in self.group]
        acting = {self.value(row, EVENTS, "department_id") for m in self.group for row in m.events}
        acting |= {
            self.value(row, "cases_leg", "department_id") for m in self.group for row in m.parts["cases_leg"]
        }
        made = Program(
            members=len(self.group),
            reported=[self.moment(m.case, "reported_at") or 0 for m in self.group],
            filed=[self.moment(m.case, "filed_at") for m in self.group],
            ended=None if None in ended else max(moment for moment in ended if moment is not None),
            county=self.text(first, "county"),
            township=self.text(first, "township") or None,
            bound=any(int.from_bytes(key) in self.streets for key in acting if key),
            gridded=self.value(first, CASES, "unit_grid") is not None,
            border=any(self.array(m.case, "near") for m in self.group),
            stages=[self.text(m.case, "stage") for m in self.group],
            subjects=[(self.text(m.case, "category"), self.text(m.case, "channel")) for m in self.group],
            has_reporter=[m.reporter is not None for m in self.group],
            own=self.own_place(first),
            spots=[(self.integer(m.case, "lon_e7"), self.integer(m.case, "lat_e7")) for m in self.group],
        )
        events = [self.event(n, row) for n, member in enumerate(self.group) for row in member.events]
        rows = {name: list(self.rows(name)) for name in (CASES, *PARTS, REPORTERS)}
        self.lay_out()
        made.days, made.micros, made.moments = list(self.days), list(self.micros), list(self.moments)
        made.pack = struct.Struct(f">{len(made.moments)}q").pack
        made.long = [self.form(pieces) for pieces in self.long]
        made.rows = {name: [self.form(pieces) for pieces in found] for name, found in rows.items()}
        made.notices = made.rows.pop("cases_notice")
        made.last_notice = max(
            (self.notice_at(row) for m in self.group for row in m.parts["cases_notice"]), default=0
        )
        made.events = [self.finish(*event) for event in events]
        made.events.sort(key=lambda event: (event.at, event.member))
        return made

    # -- reading template fields ---

    def text(self, row: Row, column: str) -> str:
        return (self.value(row, CASES, column) or b"").decode()

    def integer(self, row: Row, column: str) -> int:
        return int.from_bytes(self.value(row, CASES, column) or b"", signed=True)

    def moment(self, row: Row, column: str) -> int | None:
        raw = self.value(row, CASES, column)
        return None if raw is None else int.from_bytes(raw, signed=True)

    def notice_at(self, row: Row) -> int:
        return int.from_bytes(self.value(row, "cases_notice", "at") or b"", signed=True)

    def array(self, row: Row, column: str) -> list[str]:
        """The texts of a one-dimensional array."""
        raw = self.value(row, CASES, column) or b""
        found, at = [], 20
        while at < len(raw):
            length = int.from_bytes(raw[at : at + 4])
            found.append(raw[at + 4 : at + 4 + length].decode())
            at += 4 + length
        return found

    def own_place(self, row: Row) -> tuple[bytes, ...]:
        """The template's own place, in order of `PLACE`."""
        found: dict[str, bytes] = {}
        for column in ("township", "community", "unit_grid", "grade", "beat", "near"):
            raw = self.value(row, CASES, column)
            found[f"{column}_f"] = fielded(raw)
            if column == "near":
                found["near_j"] = orjson.dumps(self.array(row, column))
            elif column == "beat":
                found["beat_j"] = b"null" if raw is None else b"%d" % int.from_bytes(raw)
            else:
                found[f"{column}_j"] = b"null" if raw is None else orjson.dumps(raw.decode())
        code = next(filter(None, (self.text(row, column) for column in ("community", "township", "county"))))
        found["division_j"] = orjson.dumps(code)
        return tuple(found[name] for name in PLACE)

    # -- slots ---

    def stamp(self, day: str, clock: str, micro: str) -> Pieces:
        number = datetime.fromisoformat(day).replace(tzinfo=UTC) - EPOCH
        date_slot, micro_slot = ("date", number.days), ("micro", int(micro))
        self.days.setdefault(number.days, len(self.days))
        self.micros.setdefault(int(micro), len(self.micros))
        return [date_slot, f"T{clock}.".encode(), micro_slot, b"Z"]

    def at(self, raw: bytes) -> Slot:
        moment = int.from_bytes(raw, signed=True)
        self.moments.setdefault(moment, len(self.moments))
        return ("ts", moment)

    def spoken(self, text: str) -> Pieces:
        """Text with its stamps, numbers, ids and words of the case as slots."""
        found: Pieces = []
        last = 0
        for hit in self.pattern.finditer(text):
            found.append(text[last : hit.start()].encode())
            found += self.stamp(*hit.groups()[:3]) if hit.group(1) else [self.words[hit.group()]]
            last = hit.end()
        found.append(text[last:].encode())
        return [piece for piece in found if piece]

    def marked(self, value: Any, member: int) -> Any:
        """A JSON value with marks where slots are to be."""
        if isinstance(value, dict):
            return {key: self.known(key, item, member) for key, item in value.items()}
        if isinstance(value, list):
            return [self.marked(item, member) for item in value]
        if not isinstance(value, str):
            return value
        text = ""
        for piece in self.spoken(value):
            text += piece.decode() if isinstance(piece, bytes) else INSIDE + self.mark(piece) + INSIDE
        return text

    def known(self, key: str, value: Any, member: int) -> Any:
        """The places in JSON that have a meaning of their own."""
        if key in ("township", "community", "unit_grid", "beat", "near", "grade", "division"):
            return RAW + self.mark(("place", f"{key}_j")) + RAW
        if key in ("lon_e7", "lat_e7"):
            return RAW + self.mark((member, f"{key[:3]}_j")) + RAW
        if key == "reporter" and isinstance(value, int):
            return RAW + self.mark((member, "reporter_j")) + RAW
        return self.marked(value, member)

    def mark(self, slot: Slot) -> str:
        self.marks.append(slot)
        return str(len(self.marks) - 1)

    def json(self, value: Any, member: int) -> Pieces:
        text = orjson.dumps(self.marked(value, member), option=orjson.OPT_SORT_KEYS)
        found: Pieces = []
        last = 0
        for hit in MARKS.finditer(text):
            found += [text[last : hit.start()], self.marks[int(hit.group(1) or hit.group(2))]]
            last = hit.end()
        return [piece for piece in [*found, text[last:]] if piece]

    def sized(self, pieces: Pieces) -> Pieces:
        """A field of these pieces: with its length in front, or, where that varies, as one slot."""
        length = 0
        for piece in pieces:
            if isinstance(piece, bytes):
                length += len(piece)
            elif (fixed := FIXED.get(piece[0]) or FIXED.get(piece[1])) is not None:
                length += fixed
            else:
                if pieces not in self.long:
                    self.long.append(pieces)
                return [("long", self.long.index(pieces))]
        return [size(length), *pieces]

    # -- rows ---

    def rows(self, name: str) -> Iterator[Pieces]:
        for n, member in enumerate(self.group):
            if name == CASES:
                found = [member.case]
            elif name == REPORTERS:
                found = [member.reporter] if member.reporter is not None else []
            else:
                found = member.parts[name]
            for row in found:
                yield self.row(name, row, n)

    def row(self, name: str, row: Row, member: int, *, columns: Sequence[str] = ()) -> Pieces:
        table = self.tables[name]
        pieces: Pieces = [] if columns else [struct.pack(">h", len(table.columns))]
        for column, kind, raw in zip(table.columns, table.types, row, strict=True):
            if not columns or column in columns:
                pieces += self.column(name, column, kind, raw, member)
        return pieces

    def column(self, name: str, column: str, kind: str, raw: bytes | None, member: int) -> Pieces:
        if slot := NAMED.get((name, column)):
            if raw is None and slot[0] != "place":
                return [NULL]
            return [slot if slot[0] == "place" else (member, slot[1])]
        if raw is None:
            return [NULL]
        if kind == "timestamp with time zone":
            return [size(8), self.at(raw)]
        if kind == "uuid":
            return [(self.ids[raw], "id_f")] if raw in self.ids else [fielded(raw)]
        if kind == "jsonb":
            return self.sized([b"\x01", *self.json(orjson.loads(raw[1:]), member)])
        if kind in ("text", "character varying"):
            return self.sized(self.spoken(raw.decode()))
        if column == "reporter_id":  # of a notice: the reporter of this case or of one merged into it
            return [(self.reporters[raw], "reporter_f")] if raw in self.reporters else [NULL]
        return [fielded(raw)]

    # -- events ---

    def event(self, member: int, row: Row) -> tuple[Any, ...]:
        canonical = self.value(row, EVENTS, "canonical") or b""
        signed = orjson.loads(canonical)
        whole = self.json(signed, member)
        if (start := canonical.find(b'"data":') + 7) != PREFIX:
            raise Odd("another canonical form")
        end = canonical.rfind(b',"department_id":')
        after_data = {key: value for key, value in signed.items() if key > "data"}
        tail = [b",", *self.json(after_data, member)]
        tail[1] = tail[1].removeprefix(b"{")  # type: ignore[union-attr]
        assert canonical[end:].startswith(b',"department_id":')
        before = self.row(EVENTS, row, member, columns=("chain", "seq", "step", "at"))
        note = self.row(EVENTS, row, member, columns=("note",))
        table = self.tables[EVENTS]
        after = b"".join(fielded(row[table.at(name)]) for name in after_columns(table))
        at = int.from_bytes(self.value(row, EVENTS, "at") or b"", signed=True)
        return member, at, whole, start, tail, before, note, after

    def finish(
        self,
        member: int,
        at: int,
        whole: Pieces,
        start: int,
        tail: Pieces,
        before: Pieces,
        note: Pieces,
        after: bytes,
    ) -> EventProgram:
        count = struct.pack(">h", len(event_columns(self.tables[EVENTS])))
        form = self.form(tail)
        return EventProgram(
            member, at, self.form(whole), start, len(form[0]) if form[1] is None else form,
            self.form([count, *before]), self.form(note), after,
        )  # fmt: skip

    # -- from slots to numbers ---

    def lay_out(self) -> None:
        order: list[Slot] = [("date", day) for day in self.days]
        order += [("micro", micro) for micro in self.micros]
        order += [("ts", moment) for moment in self.moments]
        order += [("place", name) for name in PLACE]
        order += [(n, name) for n in range(len(self.group)) for name in MEMBER]
        order += [("long", n) for n in range(len(self.long))]
        self.order = {slot: place for place, slot in enumerate(order)}

    def form(self, pieces: Pieces) -> Format:
        picked = [self.order[piece] for piece in pieces if isinstance(piece, tuple)]
        if not picked:
            return b"".join(piece for piece in pieces if isinstance(piece, bytes)), None
        text = b"".join(piece.replace(b"%", b"%%") if isinstance(piece, bytes) else b"%b" for piece in pieces)
        return text, itemgetter(*picked) if len(picked) > 1 else lambda values, at=picked[0]: (values[at],)


def after_columns(table: Table) -> tuple[str, ...]:
    """The columns of an event that follow its hash in `event_columns`."""
    return tuple(name for name in table.columns if name not in SEALED)


def event_columns(table: Table) -> tuple[str, ...]:
    """An event's columns in the order in which they are written."""
    return (*SEALED, *after_columns(table))
