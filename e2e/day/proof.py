"""What must be true when the day is over, asked of the store and of the commands that prove it."""

import json
import subprocess
import sys
from typing import Any

import psycopg
from place import ROOT

from e2e.day.forms import counts
from e2e.day.worker import Worker
from e2e.town import Town, until

CAPPED = 1000  # a desk counts no further
FIRST_SEEN = "('web', 'hotline', 'open311', 'media', 'agency')"  # the public: seen on site before filing
WAITS = f"stage = 'accepted' AND verified IS NULL AND NOT urgent AND channel IN {FIRST_SEEN}"
# role → tab → which of the cases of the county (%(county)s) wait there
STATES: dict[str, dict[str, str]] = {
    "intake": {
        "accept": "stage = 'reported'",
        "verify": WAITS,
        "propose": f"stage = 'accepted' AND NOT ({WAITS}) AND verified IS NOT FALSE AND standard_id IS NULL",
        "check": "stage = 'to_check'",
        "out": "stage IN ('verifying', 'checking')",
    },
    "shift_leader": {"file": f"stage = 'accepted' AND NOT ({WAITS})", "close": "stage = 'checked'"},
    "dispatcher": {
        "dispatch": "stage = 'filed'",
        "reply": "stage = 'replied'",
        "out": "stage = 'handling'",
    },
    "inspector": {
        "verify": "stage = 'verifying' AND assignee_id = %(post)s",
        "check": "stage = 'checking' AND assignee_id = %(post)s",
    },
    "leader": {"arbitrate": "stage = 'arbitrating'"},
    "department": {
        "take": "EXISTS (SELECT FROM cases_leg l WHERE l.case_id = c.id AND l.department_id = %(department)s"
        " AND l.state = 'sent')",
        "handle": "EXISTS (SELECT FROM cases_leg l WHERE l.case_id = c.id"
        " AND l.department_id = %(department)s AND l.state = 'taken')",
    },
}


def acknowledged_once(town: Town, receipts: dict[str, str]) -> None:
    """receipts: uuid → number as it was answered."""
    found = town.ask(
        "SELECT r.uuid::text, c.number FROM cases_receipt r JOIN cases_case c ON c.id = r.case_id"
    )
    assert len(found) == len(receipts)
    assert dict(found) == receipts
    assert town.counts()["cases_case"] == len(receipts)
    ((events, chains),) = town.ask(
        "SELECT count(*), count(DISTINCT chain) FROM cases_caseevent WHERE step = 'report'"
    )
    assert events == chains == len(receipts)


def numbers_without_a_gap(town: Town) -> int:
    """How many case numbers there are; each county and day counts from one without a hole."""
    rows = town.ask(
        "SELECT left(case_number, 14), count(*), min(right(case_number, 5)::int), max(right(case_number, 5)::int)"
        " FROM cases_case WHERE case_number IS NOT NULL GROUP BY 1"
    )
    for series, count, first, last in rows:
        assert (first, last) == (1, count), f"{series}: {count} numbers from {first} to {last}"
    counters = {f"{code}{day:%Y%m%d}": last for code, day, last in town.ask(
        "SELECT division_code, day, last FROM kernel_casecounter")}  # fmt: skip
    assert counters == {series: count for series, count, _first, _last in rows}
    return sum(count for _series, count, _first, _last in rows)


def jobs_drained(town: Town, seconds: float) -> dict[str, int]:
    """Nothing that is due is left, and nothing failed. Returns how many jobs there were, by how they ended."""
    waiting = (
        "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"
        " OR (status = 'todo' AND coalesce(scheduled_at, now()) <= now())"
    )
    until(lambda: town.ask(waiting)[0][0] == 0, seconds=seconds, every=0.5)
    counts = dict(town.ask("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1"))
    bad = town.ask(
        "SELECT task_name, status::text, count(*) FROM procrastinate_jobs"
        " WHERE status IN ('failed', 'aborted') GROUP BY 1, 2"
    )
    assert bad == []
    assert town.ask("SELECT state, count(*) FROM kernel_job WHERE state <> 'done' GROUP BY 1") == []
    return counts


def desks_tell_the_truth(town: Town, workers: list[Worker]) -> int:
    """Each tab's count, by page and by API, is the number of cases in that state. How many were compared."""
    posts = {
        name: {"post": post, "department": department, "county": scope[0]}
        for name, post, department, scope in town.ask(
            "SELECT p.username, o.id, o.department_id, o.scope_codes"
            " FROM people_post o JOIN people_person p ON p.id = o.person_id"
        )
    }
    compared = 0
    for who in workers:
        if who.role not in STATES:
            continue
        page = counts(who.look("/desk/tabs", "desk"))  # what a page that stands there shows
        api = {tab["key"]: tab["count"] for tab in who.api.get("/api/v1/desk").json()["tabs"]}
        for tab, where in STATES[who.role].items():
            expected = waiting(town, where, posts[who.name])
            words = str(expected) if expected <= CAPPED else f"{CAPPED}+"
            said = (page.get(tab), min(api[tab], CAPPED + 1))
            assert said == (words, min(expected, CAPPED + 1)), (who.name, tab)
            compared += 1
    return compared


def waiting(town: Town, where: str, post: dict[str, Any]) -> int:
    place = "(%(county)s IN (county, township) OR %(county)s = ANY(near))"
    sql = f"SELECT count(*) FROM cases_case c WHERE ended_at IS NULL AND {place} AND {where}"
    with psycopg.connect(town.cluster.url) as connection:
        ((count,),) = connection.execute(sql, post).fetchall()
    return int(count)


def proved(town: Town, *command: str) -> dict[str, Any]:
    """What a command that proves the books says; it ends with an error where it finds anything."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command, "--json"],
        cwd=ROOT, env=town.env, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]} {done.stderr[-500:]}"
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def logs_are_quiet(town: Town, words: list[str]) -> None:
    """No error, no trace of a program, no word of a message."""
    for log in ("web", "worker", "live"):
        text = (town.home / f"{log}.log").read_text("utf-8", errors="replace")
        assert "Traceback" not in text and '"level": "error"' not in text, f"{log}.log tells of an error"
        assert not any(word in text for word in words), f"{log}.log holds words of a message"
