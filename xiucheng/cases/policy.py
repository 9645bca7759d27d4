"""The city's settings for cases, read as one frozen `Policy`; `tunables.py` declares them."""

from xiucheng.cases.rules.basis import Policy
from xiucheng.cases.tunables import LIMITS, NUMBERS
from xiucheng.kernel import settings
from xiucheng.kernel.worktime import Limit


def load(division: str = "") -> Policy:
    """The settings in force for a division, the city's where it has none of its own. No statement when warm."""
    urgent = settings.get("cases.limit.urgent", division)
    return Policy(
        limits={kind: pair(settings.get(f"cases.limit.{kind}", division)) for kind in LIMITS},
        urgent_limit=pair(urgent),
        remind_percents=settings.get("cases.remind_percents", division),
        **{key: settings.get(f"cases.{key}", division) for key in NUMBERS},
    )


def pair(limit: Limit) -> tuple[str, str]:
    return str(limit.amount), limit.unit.value
