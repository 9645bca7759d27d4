"""Learning anew: one model written whole, then made the current one."""

from collections.abc import Iterator

from django.db import connection, transaction
from django.utils import timezone

from xiucheng.insight import learning
from xiucheng.insight.models import Pair, WordModel
from xiucheng.insight.rules.naming import Counts, Learner
from xiucheng.kernel import settings

BATCH = 5000
LOCK = 0x1A51_6E41  # one learner at a time, whoever started it


def learn() -> WordModel:
    """Learn from the newest filed cases and all names; the model becomes current when it is complete.

    One transaction: whoever is killed leaves the old one. A second learner waits, and then does it again.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        counts, cases = counted()
        model = WordModel.objects.create(
            built_at=timezone.now(),
            cases=cases,
            classes={key: [one.cases, one.weight] for key, one in counts.classes.items()},
        )
        Pair.objects.bulk_create(rows(model, counts), batch_size=BATCH)
        WordModel.objects.filter(current=True).update(current=False)
        model.current = True
        model.save(update_fields=["current"])
        Pair.objects.exclude(model=model).delete()
        WordModel.objects.exclude(pk=model.pk).delete()
    return model


def counted() -> tuple[Counts, int]:
    """Everything there is to learn, and from how many cases."""
    learner, number = Learner(), 0
    for key, text in learning.names():
        learner.name(key, text)
    most = settings.get("insight.learn_max")
    for number, (key, text) in enumerate(learning.cases(most), 1):  # noqa: B007
        learner.case(key, text)
    return learner.counts(), number


def rows(model: WordModel, counts: Counts) -> Iterator[Pair]:
    for pair, seen in counts.pairs.items():
        yield Pair(model=model, text=pair, seen={key: [one.cases, one.names] for key, one in seen.items()})
