"""Where things are, how a step is shown, and what was done already. Standard library alone."""

import contextlib
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var"
VENV = VAR / "venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VAR / "stamps"
LOGS = VAR / "log"
PATH_KEY = hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]  # tells two clones on one machine apart


def data_folder() -> Path:
    """Where the city's files and secrets are (XIUCHENG_DATA, from the clone if relative)."""
    return ROOT / (os.environ.get("XIUCHENG_DATA") or "var/data")


def say(text: str) -> None:
    """A line for the person; on stderr, for stdout may carry a command's JSON."""
    print(text, file=sys.stderr, flush=True)


class Failure(Exception):
    """Something a person must see to. The text is in Chinese and says what to do."""


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Show a step and how long it took."""
    began = time.monotonic()
    say(f"▸ {name} …")
    yield
    say(f"  ✓ {name} {time.monotonic() - began:.1f} s")


def run(command: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run quietly; on failure show all that the command said. Raises: Failure."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        say(done.stdout.decode(errors="replace"))
        raise Failure(f"命令没有成功（{done.returncode}）：{' '.join(map(str, command))}\n原因见上面几行。")


def digest(paths: Sequence[Path], *words: str) -> str:
    """One hash over files (in the order of their names) and words."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in sorted(paths):
        total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def is_done(name: str, state: str) -> bool:
    """Whether a step was finished for exactly this state of its sources."""
    try:
        return (STAMPS / name).read_text() == state
    except FileNotFoundError:
        return False


def mark_done(name: str, state: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(state)


def main(body: object) -> None:
    """Run a script's body; a Failure is a sentence, not a stack trace."""
    try:
        sys.exit(body())  # type: ignore[operator]
    except Failure as failure:
        say(f"✗ {failure}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
