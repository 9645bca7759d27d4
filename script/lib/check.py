"""script/test: linters, types, front end, and pytest on a throwaway cluster. Never on a city's data."""

import os
import shutil
import subprocess
import sys
from urllib.parse import urlsplit

from city import environment
from place import ROOT, VAR, VENV, Failure, main, say
from prepare import node_folder

TEST_HOME = VAR / "test"


def body() -> int:
    words = sys.argv[1:]
    everything = "--all" in words
    words = [word for word in words if word != "--all"]
    os.environ["XIUCHENG_DATA"] = str(TEST_HOME / "data")
    os.environ.pop("DEMO", None)
    _refuse_a_city()
    # A path or an option means: just this. The whole command also lints.
    bad = 0 if words else lint()
    if everything:
        words += ["-m", "slow or not slow"]
    with environment(TEST_HOME, throwaway=True) as env:
        _say_where_chromium_is(env)
        tests = subprocess.run(
            [str(VENV / "bin" / "pytest"), *words], cwd=os.getcwd() if words else ROOT, env=env
        )
    return tests.returncode or bad


def _refuse_a_city() -> None:
    """An outside database is used only if its name says it is for tests."""
    url = os.environ.get("DATABASE_URL", "")
    name = urlsplit(url).path.lstrip("/")
    if url and not (name.startswith("test") or name.endswith("test")):
        raise Failure(
            f"DATABASE_URL 指向数据库「{name}」，名称不以 test 开头或结尾，测试不会碰它。"
            "请去掉 DATABASE_URL（测试会用自己的临时数据库），或换一个专供测试的库。"
        )


def _say_where_chromium_is(env: dict[str, str]) -> None:
    if found := shutil.which("chromium"):
        env.setdefault("XIUCHENG_CHROMIUM", found)


def lint() -> int:
    """Every linter runs, so that one start shows all that is wrong. Returns 1 if any complains."""
    env = {**os.environ, "XIUCHENG_SECRET_KEY": "lint", "PATH": f"{node_folder()}:{os.environ['PATH']}"}
    bin_ = VENV / "bin"
    checks = (
        ("ruff check", [bin_ / "ruff", "check", "--quiet", "."], ROOT),
        ("ruff format", [bin_ / "ruff", "format", "--quiet", "--check", "."], ROOT),
        ("lint-imports", [bin_ / "lint-imports", "--no-cache"], ROOT),
        ("mypy", [bin_ / "mypy"], ROOT),
        ("tsc", ["npm", "run", "--silent", "check"], ROOT / "frontend"),
    )
    bad = 0
    for name, command, where in checks:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=where,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        say(f"{'✗' if done.returncode else '✓'} {name}")
        if done.returncode:
            say(done.stdout.decode(errors="replace"))
            bad = 1
    return bad


if __name__ == "__main__":
    main(lint if sys.argv[1:] == ["--lint"] else body)
