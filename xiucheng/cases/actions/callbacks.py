"""What the 受理员 does in a 回访: the answer taken down, or that nobody answered."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.cases.actions.base import Done, act
from xiucheng.cases.actions.closing import callback, reopen
from xiucheng.cases.models.beside import CallbackTry
from xiucheng.cases.rules import callbacks as rules
from xiucheng.cases.rules.basis import Doer, Env
from xiucheng.cases.state import CaseState, Draft
from xiucheng.kernel import settings
from xiucheng.people.models import Post


def called_back(
    *,
    case_id: UUID,
    by: Post,
    rating: str,
    note: str = "",
    unsolved: str = "",
    version: int | None = None,
) -> Done:
    """回访 with what the reporter says; `unsolved` (what is not solved) asks for 重办 in the same transaction.

    Raises: Refused, as `callback` and `reopen` do; then nothing is written.
    """
    with transaction.atomic():
        done = callback(case_id=case_id, by=by, rating=rating, note=note, version=version)
        if unsolved.strip():
            done = reopen(case_id=case_id, by=by, note=unsolved)
        CallbackTry.objects.filter(case=case_id).delete()
    return done


def not_reached(
    *,
    case_id: UUID,
    by: Post,
    note: str = "",
    next_at: datetime | None = None,
    version: int | None = None,
) -> CallbackTry:
    """回访未接通: kept in the queue with a count and a next time (the city's wait, if none is given).

    Raises: Refused 403 without the right, 404 outside the scope, 409 if the case is not closed, 422 for a time past.
    """
    made: list[CallbackTry] = []

    def decide(state: CaseState, doer: Doer, env: Env) -> Draft:
        when = next_at or rules.again(env, settings.get("cases.callback_wait", state.county))
        closed = state.closed_at or env.at
        before = CallbackTry.objects.filter(case=state.id, closed_at=closed).first()
        tries = (before.tries if before else 0) + 1
        words = _("回访未接通（第 %(count)d 次），下次 %(when)s。") % {
            "count": tries,
            "when": timezone.localtime(when).strftime("%m-%d %H:%M"),
        }
        draft = rules.not_reached(state, doer, env, words=words, next_at=next_at, note=note)
        values = {"closed_at": closed, "tries": tries, "last_at": env.at, "next_at": when, "by": by}
        made.append(CallbackTry.objects.update_or_create(case_id=state.id, defaults=values)[0])
        return draft

    with transaction.atomic():
        act(case_id, decide, by=by, version=version)
    return made[0]
