"""What a backup says of itself: enough to know, after a restore, that it is the same city."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from xiucheng.kernel import crypto
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.ledger import ledgers
from xiucheng.kernel.ledger.columns import quoted_table
from xiucheng.kernel.models import AnchorTip, StoredFile

FORMAT = 1
NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """made_at: UTC stamp. ledgers: events and chains a ledger. anchors: the last digest a ledger, hexadecimal.

    rows: rows a table. keys: fingerprints of the secrets, never the secrets. dump: SM3 and bytes of the dump.
    files: number and bytes of the originals.
    """

    made_at: str
    format: int = FORMAT
    postgresql: str = ""
    migrations: dict[str, str] = field(default_factory=dict)
    ledgers: dict[str, dict[str, int]] = field(default_factory=dict)
    anchors: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    dump: dict[str, Any] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        (folder / NAME).write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", "utf-8")


def read(folder: Path) -> Manifest:
    """Raises: Refused 422 for a folder that holds no whole backup, or one of a later form."""
    try:
        values = json.loads((folder / NAME).read_text("utf-8"))
        found = Manifest(**values)
    except (OSError, ValueError, TypeError) as error:
        text = _("%(folder)s 里没有完整的备份（缺少或读不出 %(name)s）。请指向 backup 命令写成的文件夹。")
        raise Refused(text % {"folder": folder, "name": NAME}, code="no_backup") from error
    if found.format != FORMAT:
        raise Refused(_("这份备份是更新的版本写的，请先升级程序再恢复。"), code="backup_format")
    return found


def facts() -> dict[str, Any]:
    """What can be counted in the database, in the snapshot of the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
        cursor.execute("SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app")
        migrations = dict(cursor.fetchall())
        counted = {}
        for ledger in ledgers():
            cursor.execute(f"SELECT count(*), count(DISTINCT chain) FROM {quoted_table(ledger.model)}")
            events, chains = cursor.fetchone()
            counted[ledger.label] = {"events": events, "chains": chains}
        rows = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            if table.startswith(OURS):
                cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
                (rows[table],) = cursor.fetchone()
    anchors = {tip.ledger: bytes(tip.digest).hex() for tip in AnchorTip.objects.order_by("ledger")}
    return {
        "postgresql": version,
        "migrations": migrations,
        "ledgers": counted,
        "anchors": anchors,
        "rows": rows,
        "keys": fingerprints(),
        "files": {"count": StoredFile.objects.count()},
    }


OURS = ("kernel_", "territory_", "people_", "catalog_", "cases_", "insight_", "web_")


def fingerprints() -> dict[str, list[str]]:
    """Four bytes a secret, from which it cannot be had: to tell whether the right ones are in place."""
    found = {}
    for name in ("FIELD_KEY", "CODE_KEY"):
        secrets = [word.strip() for word in str(getattr(settings, name, "")).split(",") if word.strip()]
        found[name.lower()] = [crypto.fingerprint(secret) for secret in secrets]
    return found
