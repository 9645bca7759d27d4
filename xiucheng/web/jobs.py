"""What the doors do later: forget clients whose accounts are level again; play messages to the demo city."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from procrastinate.contrib.django import app

from xiucheng.kernel import jobs
from xiucheng.web import rate


@app.periodic(cron="*/10 * * * *")
@jobs.task(once="web.sweep")
def sweep_rates(timestamp: int) -> None:
    """timestamp: seconds, given by the queue."""
    rate.sweep()


@jobs.task
def replay(path: str, days: int, per_day: int, seed: int, job_id: str | None = None) -> dict[str, Any]:
    """Play messages of a file to the demo city (demo.replay); begun again, it goes on where it was."""
    from demo.replay import messages, play  # the demo city is no part of a city in production

    return asdict(play(messages(Path(path)), days=days, per_day=per_day, seed=seed, job_id=job_id))
