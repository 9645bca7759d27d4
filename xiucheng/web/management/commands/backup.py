"""manage.py backup: one whole copy of the city, written beside a running one."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel import audit
from xiucheng.kernel.backup import manifest, writing
from xiucheng.kernel.errors import Refused


class Command(BaseCommand):
    help = "备份整个城市（数据库、文件、清单）到文件夹；服务运行时也可以做。密钥不在其中，请另行保存。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", help="放备份的文件夹；每次在其中新建一个以时刻命名的子文件夹")
        parser.add_argument(
            "--keep", type=int, default=0, metavar="份数", help="只保留最新的几份；0 为全部保留"
        )
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        folder, at = Path(options["folder"]).absolute(), timezone.now()
        try:
            target = writing.write(folder, at=at, say=lambda text: self.stderr.write(f"  … {text}"))
        except Refused as refusal:
            raise CommandError(refusal.said(_)) from refusal
        gone = writing.prune(folder, options["keep"]) if options["keep"] > 0 else []
        found = manifest.read(target)
        audit.record(
            by=audit.SYSTEM,
            subject=f"backup {target.name}",
            before=None,
            after={"dump": found.dump, "files": found.files, "removed": [path.name for path in gone]},
            at=at,
        )
        if options["json"]:
            self.stdout.write(json.dumps({"folder": str(target), "dump": found.dump, "files": found.files}))
            return
        text = _("已备份到 %(folder)s：数据库 %(megabytes).1f MB，文件 %(count)d 个。密钥请另行保存。")
        facts = {"folder": target, "megabytes": found.dump["bytes"] / 2**20, "count": found.files["count"]}
        self.stdout.write(text % facts)
        for path in gone:
            self.stdout.write(_("已删除旧备份 %(name)s。") % {"name": path.name})
