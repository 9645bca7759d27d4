"""Rules are pure and belong to no city: this reads the code of every room.

A rule that looks at the clock, draws a lot or asks Django cannot be worked through in a table of examples, and a
case folded again in ten years would not come out the same.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HOUSE = ROOT / "xiucheng"
BARRED = {  # what no pure module may import, with all that is inside
    "django", "ninja", "procrastinate", "psycopg", "axes", "structlog", "time", "random", "secrets", "os",
    "socket", "subprocess", "requests", "urllib.request", "threading", "tempfile",
}  # fmt: skip
ROOMS_BARRED = re.compile(
    r"^xiucheng\.\w+\.(?:models|actions|queries|store|policy|pages|api|jobs|settings)\b"
)
CALLS = {
    "now",
    "utcnow",
    "today",
    "localtime",
    "localdate",
    "uuid1",
    "uuid4",
    "open",
    "input",
    "urandom",
    "getenv",
}


def pure_modules() -> list[Path]:
    found = [path for path in HOUSE.rglob("*.py") if "tests" not in path.parts and "rules" in path.stem]
    found += [path for path in HOUSE.rglob("rules/*.py") if "tests" not in path.parts]
    found += HOUSE.glob("cases/projection*.py")
    found += [HOUSE / "cases" / name for name in ("state.py", "words.py")]
    found += [HOUSE / "kernel" / name for name in ("worktime.py", "windows.py", "canonical.py")]
    return sorted(set(found))


def impurities(source: str) -> Iterator[str]:
    """What a module imports or calls that only an action may."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if BARRED & {".".join(parts[:length]) for length in (1, 2)} or ROOMS_BARRED.match(name):
                yield f"{node.lineno}: import {name}"  # type: ignore[attr-defined]
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in CALLS:
                yield f"{node.lineno}: {name}()"


@pytest.mark.parametrize("path", pure_modules(), ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_a_pure_module_is_pure(path):
    assert not list(impurities(path.read_text(encoding="utf-8")))


def test_all_rules_are_looked_at():
    known = {path.relative_to(HOUSE).as_posix() for path in pure_modules()}
    assert {"cases/rules/intake.py", "catalog/rules.py", "people/rules.py", "territory/rules.py"} <= known
    assert {"cases/projection.py", "cases/state.py", "kernel/files/rules.py", "kernel/worktime.py"} <= known


@pytest.mark.parametrize(
    "line",
    [
        "from django.utils.translation import gettext",
        "import time",
        "from os import environ",
        "import random as dice",
        "def f():\n    from xiucheng.cases.models import Case",
        "at = datetime.now(UTC)",
        "day = date.today()",
        "key = uuid.uuid4()",
        "text = open('limits.csv').read()",
    ],
)
def test_an_impurity_is_seen(line):
    assert list(impurities(line))


@pytest.mark.parametrize(
    "line", ["from datetime import datetime", "at = env.at", "from xiucheng.cases import words"]
)
def test_a_pure_line_is_not_blamed(line):
    assert not list(impurities(line))


# -- no city in the code ---

SPARED = {"tests", "data", "migrations", "node_modules", "conftest.py"}
PLACES = re.compile("昆明|云南|大理|五华|盘龙|官渡区|西山区|呈贡|曲靖|玉溪|Kunming|Yunnan")
CODE = re.compile(r"(?<![\dA-Za-z])53\d{4}(?:\d{3}|\d{6}|\d{9})?(?![\dA-Za-z])")


def spoken_only(path: Path, text: str) -> str:
    """Python without comments and docstrings (they may give examples); other files as they are."""
    if path.suffix != ".py":
        return re.sub(r"--.*|/\*.*?\*/|{#.*?#}|//.*", "", text)
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = ""
    return ast.unparse(tree)


def city_in(path: Path) -> list[str]:
    said = spoken_only(path, path.read_text(encoding="utf-8"))
    return PLACES.findall(said) + [found.group() for found in CODE.finditer(said)]


def test_no_city_stands_in_the_code():
    """Another city must be able to use it: names and division codes are data, of the demo or of the city."""
    files = [
        path
        for folder in (HOUSE, ROOT / "frontend" / "src", ROOT / "script")
        for suffix in ("py", "html", "ts", "sql", "css")
        for path in folder.rglob(f"*.{suffix}")
        if not SPARED & set(path.relative_to(ROOT).parts) and not path.name.startswith("test_")
    ]
    assert len(files) > 150
    assert not {path.relative_to(ROOT).as_posix(): found for path in files if (found := city_in(path))}


def test_a_city_would_be_seen(tmp_path):
    for said in ('CITY = "昆明市"', 'scope = "530102"', 'grid = "530102001001001"'):
        (tmp_path / "module.py").write_text(said, encoding="utf-8")
        assert city_in(tmp_path / "module.py"), said
    (tmp_path / "module.py").write_text(
        '"""An example: 530102."""\ncount = 5301020  # 昆明', encoding="utf-8"
    )
    assert not city_in(tmp_path / "module.py")
