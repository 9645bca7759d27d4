"""The cases to clone, read as PostgreSQL's binary fields: a column added later is copied as it is."""

import re
import struct
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

CASES = "cases_case"
EVENTS = "cases_caseevent"
REPORTERS = "cases_reporter"
PARTS = ("cases_leg", "cases_clock", "cases_request", "cases_casefile", "cases_receipt", "cases_notice")
KEYS = {CASES: "id", EVENTS: "chain", **dict.fromkeys(PARTS, "case_id")}
LIMIT = 12_000
NEVER = struct.pack(">q", 2**63 - 1)
UUIDS = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

Row = tuple[bytes | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table's columns that are written: all but generated ones and ids that the database draws."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]

    def at(self, column: str) -> int:
        return self.columns.index(column)

    @property
    def copy_in(self) -> str:
        return f"COPY {self.name} ({', '.join(quoted(self.columns))}) FROM STDIN (FORMAT BINARY)"


@dataclass(slots=True)
class Member:
    """One template case with all its rows."""

    case: Row
    events: list[Row] = field(default_factory=list)
    parts: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    reporter: Row | None = None


def quoted(names: tuple[str, ...]) -> list[str]:
    return [f'"{name}"' for name in names]


def table(name: str) -> Table:
    drawn = "" if name == REPORTERS else "AND attidentity = ''"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT attname::text, atttypid::regtype::text FROM pg_attribute
                WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
                  AND attgenerated = '' {drawn} ORDER BY attnum""",
            [name],
        )
        rows = cursor.fetchall()
    return Table(name, tuple(row[0] for row in rows), tuple(row[1] for row in rows))


def tables() -> dict[str, Table]:
    return {name: table(name) for name in (CASES, EVENTS, *PARTS, REPORTERS)}


def load(all_tables: dict[str, Table]) -> list[list[Member]]:
    """Groups of cases that know each other (merged, or merged once), each a template."""
    chosen = f"(SELECT id FROM {CASES} ORDER BY number LIMIT {LIMIT})"
    cases = all_tables[CASES]
    members = {row[cases.at("id")]: Member(row) for row in read(cases, f"id IN {chosen}")}
    for name in (EVENTS, *PARTS):
        place, key = all_tables[name].at(KEYS[name]), KEYS[name]
        order = "chain, seq" if name == EVENTS else "id" if name != "cases_receipt" else "uuid"
        for row in read(all_tables[name], f"{key} IN {chosen}", order):
            member = members[row[place]]
            (member.events if name == EVENTS else member.parts[name]).append(row)
    reporters = all_tables[REPORTERS]
    known = {row[reporters.at("id")]: row for row in read(reporters, "true")}
    for member in members.values():
        member.reporter = known.get(member.case[cases.at("reporter_id")])
    return grouped(members, all_tables)


def read(of: Table, where: str, order: str = "1") -> list[Row]:
    sql = f"SELECT {', '.join(quoted(of.columns))} FROM {of.name} WHERE {where} ORDER BY {order}"
    connection.ensure_connection()
    with (
        connection.connection.cursor() as cursor,
        cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT BINARY)") as copy,
    ):
        return list(copy.rows())


def grouped(members: dict[bytes | None, Member], all_tables: dict[str, Table]) -> list[list[Member]]:
    """By who is named in whose events; a group that names a case not at hand is left out."""
    canonical = all_tables[EVENTS].at("canonical")
    leader = {key: key for key in members}

    def top(key: bytes | None) -> bytes | None:
        while leader[key] != key:
            key = leader[key]
        return key

    for key, member in members.items():
        for row in member.events:
            for text in UUIDS.findall(row[canonical] or b""):
                other = UUID(text.decode()).bytes
                if other in members:
                    leader[top(other)] = top(key)
    found: dict[bytes | None, list[Member]] = defaultdict(list)
    for key, member in members.items():
        found[top(key)].append(member)
    return list(found.values())
