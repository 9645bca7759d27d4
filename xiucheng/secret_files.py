"""The city's secrets, one file each under DATA/secrets, readable by the owner only. Standard library alone:
script/server writes them before any package is installed, settings.py reads them.

secret_key signs sessions and forms; changing it signs everybody out.
field_key encrypts personal data in the store; losing it loses that data.
code_key makes the query codes of reporters; changing it voids the codes already given out.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

NAMES = ("secret_key", "field_key", "code_key")


def read(data: Path, name: str, *, of: str = "") -> str:
    """The secret kept in a file; without the file one derived from `of`; "" when there is neither.

    A derived key is for tests and tools that give one key only. A city has the files.

    >>> read(Path("/nonexistent"), "code_key")
    ''
    >>> read(Path("/nonexistent"), "code_key", of="a") == read(Path("/nonexistent"), "field_key", of="a")
    False
    """
    try:
        return (data / "secrets" / name).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return hmac.new(of.encode(), name.encode(), hashlib.sha256).hexdigest() if of else ""


def ensure(data: Path) -> list[str]:
    """Write what is missing; returns the names written. What is there is never touched."""
    folder = data / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return [name for name in NAMES if _write_once(folder, name)]


def _write_once(folder: Path, name: str) -> bool:
    """Complete or absent, also when killed in between: written aside, then linked under its name."""
    target, aside = folder / name, folder / f".{name}.{os.getpid()}"
    if target.exists():
        return False
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, target)  # refuses where another process was first
    except FileExistsError:
        return False
    finally:
        aside.unlink()
    return True
