"""PostgreSQL's own programs, and how they are told which database without showing a password."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused

VERSIONS = Path("/usr/lib/postgresql")  # where Debian keeps them


def program(name: str) -> str:
    """The path of pg_dump, pg_restore …, the newest that is installed. Raises: Refused 503."""
    installed = [folder / "bin" / name for folder in VERSIONS.glob("[0-9]*")]
    newest = sorted((path for path in installed if path.exists()), key=lambda path: float(path.parts[4]))
    found = str(newest[-1]) if newest else shutil.which(name)
    if not found:
        text = _("找不到 %(name)s：请安装 PostgreSQL 客户端（Debian 软件包 postgresql-client）。")
        raise Refused(text % {"name": name}, status=503, code="no_program")
    return found


def environment(database: Mapping[str, Any]) -> dict[str, str]:
    """The environment for libpq's programs. database: an entry of settings.DATABASES."""
    named = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    given = {name: str(database[key]) for name, key in named.items() if database.get(key)}
    return {**os.environ, **given}


def address(database: Mapping[str, Any]) -> str:
    """The DATABASE_URL of an entry of settings.DATABASES."""
    user = quote(str(database.get("USER") or ""), safe="")
    password = f":{quote(str(database['PASSWORD']), safe='')}" if database.get("PASSWORD") else ""
    host, port = quote(str(database.get("HOST") or ""), safe=""), str(database.get("PORT") or "")
    place = f"{host}:{port}" if port else host  # a folder of sockets is a host too
    return f"postgresql://{user}{password}@{place}/{database['NAME']}"


def run(words: list[str], *, env: Mapping[str, str], what: str) -> str:
    """Run a program to its end; its output. Raises: Refused 503 with its own last words."""
    done = subprocess.run(words, env=dict(env), capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().splitlines()[-3:]
        text = _("%(what)s没有成功：%(said)s")
        raise Refused(text % {"what": what, "said": " / ".join(said)}, status=503, code="program_failed")
    return done.stdout
