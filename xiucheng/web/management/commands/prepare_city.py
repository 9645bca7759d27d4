"""manage.py prepare_city: what script/server needs done before anybody may enter, in one process."""

import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from xiucheng.cases import cells
from xiucheng.cases.models import Case, CaseCell
from xiucheng.catalog.models import Category
from xiucheng.kernel.models import CalendarYear
from xiucheng.web import health


class Command(BaseCommand):
    help = "Migrate, load national data, collect static files; say as JSON how the demo city stands."

    def handle(self, *args: Any, **options: Any) -> None:
        if not health.migrated():
            call_command("migrate", verbosity=0, interactive=False)
        self._national_data()
        self._counts()
        self._static_files()
        state = {"demo_wanted": settings.DEMO, "demo_built": health.demo_built()}
        self.stdout.write(json.dumps(state))

    def _national_data(self) -> None:
        """Categories, limits and holidays of the country: an empty city has them too.

        Never loaded over what an administrator has changed since.
        """
        if not Category.objects.exists():
            call_command("load_catalog", stdout=self.stderr)
        if not CalendarYear.objects.exists():
            call_command("load_calendar", stdout=self.stderr)

    def _counts(self) -> None:
        """A city that had cases before its map was counted does not wait for the night."""
        if Case.unscoped.exists() and not CaseCell.objects.exists():
            cells.refresh_open()
            cells.refresh_all()
            cells.refresh_months()

    def _static_files(self) -> None:
        """Collected anew where the built front end differs from the one collected last."""
        manifest = settings.VITE_MANIFEST
        state = hashlib.sha256(manifest.read_bytes()).hexdigest()
        mark = Path(settings.STATIC_ROOT) / ".collected"
        if mark.exists() and mark.read_text() == state:
            return
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        mark.write_text(state)
