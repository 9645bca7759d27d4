"""What this room does by itself."""

from django.utils import timezone
from procrastinate.contrib.django import app

from xiucheng.cases.models import Case
from xiucheng.insight import actions
from xiucheng.insight.models import WordModel
from xiucheng.kernel import jobs

NIGHT = 3  # local hour


@app.periodic(cron="25 * * * *")
@jobs.task(once="insight.learn", lock="insight.learn")
def learn(timestamp: int) -> None:
    """Every night the words of the city's cases are learnt anew; in a new city at the next hour."""
    if timezone.localtime().hour == NIGHT or new_city():
        actions.learn()


def new_city() -> bool:
    """Cases, and nothing learnt from them yet."""
    unlearnt = not WordModel.objects.filter(cases__gt=0).exists()
    return unlearnt and Case.unscoped.filter(filed_at__isnull=False).exclude(category="").exists()
