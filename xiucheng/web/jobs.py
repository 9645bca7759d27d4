"""What the doors do later: forget clients whose accounts are level again."""

from procrastinate.contrib.django import app

from xiucheng.kernel import jobs
from xiucheng.web import rate


@app.periodic(cron="*/10 * * * *")
@jobs.task(once="web.sweep")
def sweep_rates(timestamp: int) -> None:
    """timestamp: seconds, given by the queue."""
    rate.sweep()
