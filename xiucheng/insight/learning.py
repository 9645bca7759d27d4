"""What the word model is learnt from: the catalogue's names and conditions, everyday words, the city's filed cases."""

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from xiucheng.cases.models import Case
from xiucheng.catalog import queries as catalog
from xiucheng.catalog import rules as catalog_rules
from xiucheng.catalog import snapshot
from xiucheng.catalog.models import Category, Kind

Sample = tuple[str, str]  # category key, text
EVERYDAY = Path(__file__).parent / "data" / "everyday_words.csv"
BATCH = 2000


def names() -> Iterator[Sample]:
    """What names a matter in force: its name, everyday words, its conditions, what it was called before."""
    matters = {row.pk: row for row in catalog.categories(kind=Kind.MATTER)}
    for row in matters.values():
        yield row.key, row.name
        for condition in {standard.filing_condition for standard in catalog.standards_for(row)}:
            yield row.key, condition
        twin = catalog.component_of(row)
        if twin and twin.name not in row.name:
            yield row.key, twin.name
    for code, words in everyday_words():
        found = catalog.category("", Kind.MATTER, code)
        if found:
            yield from ((found.key, word) for word in words)
    for old in snapshot.current().categories.values():
        if catalog_rules.EDITION[old.standard].until is not None:
            for row in catalog.successors(old):
                if (today := meant(row)) is not None and today.pk in matters and old.name not in today.name:
                    yield today.key, old.name


@cache
def everyday_words() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """How people say it on the telephone, by matter code of the standard in force. Our own list [P]."""
    with EVERYDAY.open(encoding="utf-8", newline="") as lines:
        return tuple((row["code"], tuple(row["words"].split())) for row in csv.DictReader(lines))


def meant(row: Category) -> Category | None:
    """The matter that a category is suggested as: a component's is «…异常»."""
    return catalog.matter_of(row) if row.kind == Kind.COMPONENT else row


def today_key(key: str) -> str:
    """The key in force for a case's category: itself, or its one successor; empty, if there is none or several."""
    standard, kind, code = key.rsplit("/", 2)
    found = catalog.category(standard, kind, code)
    rows = catalog.successors(found) if found else []
    return rows[0].key if len(rows) == 1 else ""


def cases(most: int) -> Iterator[Sample]:
    """The newest filed cases, as many as `most`: somebody has looked at their category. Streamed by keyset."""
    known: dict[str, str] = {}
    filed = Case.unscoped.filter(filed_at__isnull=False).exclude(category="").order_by("-reported_at", "-id")
    rows = filed.values_list("category", "description")[:most].iterator(chunk_size=BATCH)
    for key, words in rows:
        if key not in known:
            known[key] = today_key(key)
        if known[key]:
            yield known[key], words
