"""manage.py prepare_city: what script/server needs done before anybody may enter, in one process."""

import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from xiucheng.web import health


class Command(BaseCommand):
    help = "Migrate, collect changed static files, say as JSON whether the demo city is wanted and built."

    def handle(self, *args: Any, **options: Any) -> None:
        if not health.migrated():
            call_command("migrate", verbosity=0, interactive=False)
        self._static_files()
        state = {"demo_wanted": settings.DEMO, "demo_built": health.demo_built()}
        self.stdout.write(json.dumps(state))

    def _static_files(self) -> None:
        """Collected anew where the built front end differs from the one collected last."""
        manifest = settings.VITE_MANIFEST
        state = hashlib.sha256(manifest.read_bytes()).hexdigest()
        mark = Path(settings.STATIC_ROOT) / ".collected"
        if mark.exists() and mark.read_text() == state:
            return
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        mark.write_text(state)
