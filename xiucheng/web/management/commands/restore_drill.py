"""manage.py restore_drill: prove that a backup can be restored, beside the running city, leaving nothing behind."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel import audit
from xiucheng.kernel.backup import manifest, tools, writing
from xiucheng.kernel.errors import Refused


class Command(BaseCommand):
    help = "恢复演练：把备份恢复到临时数据库和临时文件夹，核对无误后删除；结果写入审计。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", help="一份备份，或放备份的文件夹（取其中最新的一份）")
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        given, began = Path(options["folder"]).absolute(), time.monotonic()
        backup = given if (given / manifest.NAME).exists() else writing.latest(given)
        try:
            if backup is None:
                raise Refused(_("%(folder)s 里没有备份。") % {"folder": given})
            manifest.read(backup)
            proof = drill(backup)
        except Refused as refusal:
            raise CommandError(refusal.said(_)) from refusal
        proof["seconds"] = round(time.monotonic() - began, 1)
        audit.record(by=audit.SYSTEM, subject=f"drill {backup.name}", before=None, after=proof)
        if options["json"]:
            self.stdout.write(json.dumps(proof, ensure_ascii=False))
        else:
            text = _("演练用备份 %(name)s，用时 %(seconds)s 秒：")
            end = _("恢复成功，记录链、案件和文件核对无误。") if proof["ok"] else _("没有通过：%(said)s")
            said = " / ".join(proof["problems"][:5])
            self.stdout.write((text + end) % {"name": backup.name, "seconds": proof["seconds"], "said": said})
        if not proof["ok"]:
            sys.exit(1)


def drill(backup: Path) -> dict[str, Any]:
    """Restore into a database and a folder of its own; what the restore says of itself."""
    name = f"xiucheng_drill_{timezone.now():%Y%m%d%H%M%S}"
    _sql(f'CREATE DATABASE "{name}"')  # from template1: PostGIS is there, which only a superuser may create
    try:
        with tempfile.TemporaryDirectory(prefix="xiucheng-drill-") as folder:
            env = os.environ | {
                "DATABASE_URL": tools.address({**connection.settings_dict, "NAME": name}),
                "XIUCHENG_DATA": folder,
                "XIUCHENG_FILES": "",
                "XIUCHENG_SECRET_KEY": settings.SECRET_KEY,
                "XIUCHENG_FIELD_KEY": settings.FIELD_KEY,
                "XIUCHENG_CODE_KEY": settings.CODE_KEY,
            }
            words = [sys.executable, str(settings.ROOT / "manage.py"), "restore", str(backup), "--json"]
            done = subprocess.run(words, env=env, capture_output=True, text=True)
    finally:
        _sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    try:
        proof: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        proof = {"ok": False, "problems": done.stderr.strip().splitlines()[-3:]}
    return proof


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
