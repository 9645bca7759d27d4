"""One pass over all events of a ledger at constant memory: which chains do not add up.

The pass only suspects; `diagnose` then names the rows. Rows arrive by COPY BINARY in order of (chain, seq),
so that PostgreSQL works on one core (sorting, writing text) and Python on another (hashing, comparing). A large
ledger is read in parts, each of whole chains: sorting forty million events at once would want the disk once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct
from typing import Any
from uuid import UUID

import orjson
from django.db import DatabaseError, connection
from psycopg import pq

from .columns import around_data, quoted_table
from .link import _BASE, DIGEST_SIZE, GENESIS
from .parts import chain_parts
from .registry import Ledger


@dataclass(slots=True)
class Scan:
    """What the pass saw: how many events and chains, and the chains to look at closely."""

    events: int = 0
    chains: int = 0
    suspects: set[UUID] = field(default_factory=set)


def scan_stored(ledger: Ledger) -> Scan:
    """The fast pass: numbering, links and hashes of the stored canonical bytes."""
    sql = f"SELECT chain, seq, {_SEALED} FROM {{table}} WHERE {{part}} ORDER BY chain, seq"
    found, chain, seq, last = Scan(), b"", 0, GENESIS
    for row in _rows(ledger, sql):
        found.events += 1
        row_chain, row_seq, _ = _FIXED(row)
        if row_chain != chain:
            chain, seq, last = row_chain, 0, GENESIS
            found.chains += 1
        seq += 1
        body, claimed = row[_START:-DIGEST_SIZE], row[-DIGEST_SIZE:]
        digest = _BASE.copy()
        digest.update(body)
        if digest.digest() != claimed or not body.startswith(last) or row_seq != seq:
            found.suspects.add(UUID(bytes=chain))
            seq = row_seq
        last = claimed
    return found


def scan_full(ledger: Ledger) -> Scan:
    """The full pass: as the fast one, and the columns must rebuild to the stored canonical bytes."""
    before, after = around_data(ledger.model)
    rebuilt = f"concat({before}, E'\\x01', data::text, E'\\x01', {after})"  # JSON text holds no bare U+0001
    sql = f"SELECT chain, seq, {_SEALED}, {rebuilt} FROM {{table}} WHERE {{part}} ORDER BY chain, seq"
    loads, dumps, sort = orjson.loads, orjson.dumps, orjson.OPT_SORT_KEYS
    found, chain, seq, last = Scan(), b"", 0, GENESIS
    for row in _rows(ledger, sql):
        found.events += 1
        row_chain, row_seq, size = _FIXED(row)
        if row_chain != chain:
            chain, seq, last = row_chain, 0, GENESIS
            found.chains += 1
        seq += 1
        end = _START + size
        body, claimed = row[_START : end - DIGEST_SIZE], row[end - DIGEST_SIZE : end]
        head, data, tail = row[end + 4 :].split(b"\x01")
        digest = _BASE.copy()
        digest.update(body)
        expected = b"".join((last, head, dumps(loads(data), option=sort), tail))  # link and columns at once
        if digest.digest() != claimed or expected != body or row_seq != seq:
            found.suspects.add(UUID(bytes=chain))
            seq = row_seq
        last = claimed
    return found


_FIXED = Struct("!6x16s4xii").unpack_from  # field count and size, chain, size, seq, size of what follows
_START = 34
_SEALED = (  # nothing if a length is wrong: the same bytes cut elsewhere must not pass
    "CASE WHEN octet_length(prev) = 32 AND octet_length(hash) = 32"
    " THEN prev || canonical || hash ELSE ''::bytea END"
)
_HEADER = 19


def _rows(ledger: Ledger, sql: str) -> Iterator[bytes]:
    """All rows, part by part."""
    table = quoted_table(ledger.model)
    for part in chain_parts(table):
        yield from _copied(sql.replace("{table}", table).replace("{part}", part))


def _copied(query: str) -> Iterator[bytes]:
    """The rows of a COPY BINARY as PostgreSQL sends them: one message a row.

    Through libpq itself: the driver's row reader costs as much as the hashing.
    """
    connection.ensure_connection()
    pgconn = connection.connection.pgconn
    result = pgconn.exec_(f"COPY ({query}) TO STDOUT (FORMAT BINARY)".encode())
    if result.status != pq.ExecStatus.COPY_OUT:
        raise DatabaseError(result.error_message.decode())
    receive = pgconn.get_copy_data
    try:
        size, row = receive(0)
        row = row[_HEADER:]  # it comes in one message with the first row
        while size >= 0:
            if len(row) > 2:  # two bytes alone are the mark of the end
                yield bytes(row)
            size, row = receive(0)
        result = pgconn.get_result()
        if result is not None and result.status != pq.ExecStatus.COMMAND_OK:
            raise DatabaseError(result.error_message.decode())
    finally:
        _drain(pgconn)


def _drain(pgconn: Any) -> None:
    """Read what is left, so that the connection can be used again, also after an error in the middle."""
    while (result := pgconn.get_result()) is not None:
        if result.status == pq.ExecStatus.COPY_OUT:
            while pgconn.get_copy_data(0)[0] >= 0:
                pass
