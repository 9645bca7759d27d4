"""The accounts to try the demo city with. Plain passwords lie in one file of the data folder, mode 0600."""

import json
import os
from pathlib import Path

from django.conf import settings

from demo.spec import CENTRE
from xiucheng.people.models import Post

FILE = "demo_accounts.json"


def place() -> Path:
    return Path(settings.DATA) / FILE


def keep(passwords: dict[str, str]) -> None:
    """Write username → password, whole or not at all, readable by the owner only."""
    path = place()
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(passwords, file)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def kept() -> dict[str, str]:
    """Username → password; empty where no city was built with this data folder."""
    try:
        return dict(json.loads(place().read_text()))
    except FileNotFoundError:
        return {}


def accounts() -> list[dict[str, str]]:
    """The accounts whose passwords are known, by role and name: username, password, role, department, division.

    division: code of the place where the post acts, 5301 for the city, 530102 for a county. An account that
    was switched off or whose post ended is left out.
    """
    passwords = kept()
    found = Post.objects.filter(
        person__username__in=passwords, active=True, valid_to__isnull=True, person__is_active=True
    ).select_related("person", "department")
    rows = [
        {
            "username": post.person.username,
            "password": passwords[post.person.username],
            "role": post.role,
            "department": post.department.name if post.department else "",
            "division": post.scope_codes[0] if post.scope_codes else "",
        }
        for post in found
    ]
    return sorted(rows, key=_order)


def _order(row: dict[str, str]) -> tuple[int, bool, str, bool, str]:
    """By role, the county first whose accounts can work every case together, heads after their clerks."""
    name, division = row["username"], row["division"]
    return ORDER.index(row["role"]), division != CENTRE, division, name.endswith("head"), name


ORDER = (
    "intake", "shift_leader", "dispatcher", "department", "inspector", "grid_worker", "evaluator", "leader",
    "system_admin", "security_admin", "auditor",
)  # fmt: skip
