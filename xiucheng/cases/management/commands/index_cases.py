"""Make the index by which cases are found anew: after a bulk load, or when in doubt."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from xiucheng.cases import search_index


class Command(BaseCommand):
    help = _("重建案件的查找索引；不带参数时，只补上刚变动的案件")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help=_("从头重建全部案件的索引"))

    def handle(self, *args: Any, **options: Any) -> None:
        done = 0
        if options["all"]:
            for done in search_index.rebuild():
                self.stdout.write(_("已编入 %(count)d 件") % {"count": done})
            return
        while settled := search_index.index_changed():
            done += settled
        self.stdout.write(_("补上了 %(count)d 处变动。") % {"count": done})
