"""manage.py anchor_ledger: seal the heads of all chains that grew since the last anchor."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel.ledger.anchors import anchor

from .verify_ledger import named


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # a tool for bad days: it needs the store, not the pages
    help = "给记录链打锚点，并打印锚点摘要；把摘要另存别处，可防连锚点一起被改。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--full", action="store_true", help="比较每一条链，而不只是有新记录的链")
        parser.add_argument("--ledger", action="append", default=[], help="只处理这一张记录表，可重复")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        for ledger in named(options["ledger"]):
            made = anchor(ledger, at=at, full=options["full"])
            if made is None:
                self.stdout.write(_("%(ledger)s：没有新的记录。") % {"ledger": ledger.label})
            else:
                text = _("%(ledger)s：锚点 %(id)d，%(count)d 条链，摘要 %(digest)s")
                values = {
                    "ledger": ledger.label,
                    "id": made.pk,
                    "count": made.count,
                    "digest": made.digest.hex(),
                }
                self.stdout.write(text % values)
