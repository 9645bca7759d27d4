"""Collect the sentences of the interface into locale/en: Django's command, with this house's options fixed.

Every refresh gives the same file for the same sentences: no dates, no line numbers, no wrapping.
"""

import re
from pathlib import Path
from typing import Any

from django.core.management.commands import makemessages

NOT_OURS = ["var", "node_modules", "frontend", "locale", "docs", "bench", "e2e", "tests", "migrations"]
OPTIONS: dict[str, Any] = {
    "locale": ["en"],
    "no_wrap": True,
    "no_obsolete": True,
    "add_location": "file",
}


class Command(makemessages.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        ignored = [*(options.get("ignore_patterns") or []), *NOT_OURS]
        super().handle(*args, **{**options, **OPTIONS, "ignore_patterns": ignored})

    def find_files(self, root: str) -> list[Any]:
        """One catalogue for all rooms, in the first of LOCALE_PATHS (the test names a folder of its own)."""
        found = super().find_files(root)
        for file in found:
            file.locale_dir = self.default_locale_path
        return found

    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        catalogue = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        text = catalogue.read_text(encoding="utf-8")
        catalogue.write_text(re.sub(r'^"POT-Creation-Date: .*\n', "", text, flags=re.M), encoding="utf-8")
