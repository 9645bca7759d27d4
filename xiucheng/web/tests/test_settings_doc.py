"""docs/operators/settings.md and the code name the same environment variables."""

import re
from pathlib import Path

from django.conf import settings

ROOT: Path = settings.ROOT
READ = re.compile(
    r"""(?:environ(?:\.get|\.pop|\.setdefault)?[\[(]|\b(?:flag|words)\()\s*["']([A-Z][A-Z0-9_]+)["']"""
)
OURS = re.compile(r"\bXIUCHENG_[A-Z0-9_]+\b")
NOT_SETTINGS = {"PATH", "DJANGO_SETTINGS_MODULE", "CI", "LC_ALL"}  # of the machine, not of the city


def sources() -> list[Path]:
    python = [*ROOT.glob("xiucheng/**/*.py"), *ROOT.glob("script/lib/*.py"), *ROOT.glob("demo/**/*.py")]
    shell = [path for path in (ROOT / "script").iterdir() if path.is_file()]
    return [
        path for path in [*python, *shell] if "tests" not in path.parts and not path.name.startswith("test_")
    ]


def read_by_the_code() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in sources()]
    return {
        name for text in texts for pattern in (READ, OURS) for name in pattern.findall(text)
    } - NOT_SETTINGS


def documented() -> set[str]:
    page = (ROOT / "docs" / "operators" / "settings.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([A-Z0-9_]+)` \|", page, re.MULTILINE))


def test_every_variable_that_the_code_reads_is_documented():
    assert read_by_the_code() - documented() == set()


def test_every_documented_variable_is_read():
    assert documented() - read_by_the_code() == set()


def test_the_search_finds_what_is_surely_read():
    assert {
        "PORT",
        "DEMO",
        "TLS_KEY",
        "DATABASE_URL",
        "XIUCHENG_DATA",
        "XIUCHENG_HTTPS",
    } <= read_by_the_code()
