"""A day of a town: messages come in at speed while everybody works; then every figure and every record is proved.

The long one plays 3,000 real messages from the folder that XIUCHENG_SAMPLES names; of a fault it keeps the address
and the sentence, never a message. `script/test --all -k day -s` prints what it measured.
"""

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Any

import pytest
from place import ROOT

from demo.replay.reading import find, messages
from e2e.day import proof
from e2e.day.desks import PEOPLE, TURNS
from e2e.day.worker import Tally, Worker, listen
from e2e.town import Town

SAMPLES = os.environ.get("XIUCHENG_SAMPLES", "")
REAL, SENDERS = "messages_likes.csv.gz", 8
# Counties of the cast's city, away from the border between them: west, east; south, north. Degrees, CGCS2000.
WUHUA, PANLONG, LATITUDES = (102.662, 102.7085), (102.7115, 102.719), (25.0305, 25.0495)
LISTENERS = ("受理员_五华", "派遣员_五华", "监督员_五华_甲", "经办人_环卫")
INVENTED = (
    ("楼下烧烤店油烟很大，影响休息", "06027"), ("巷口路灯不亮", "01037"), ("人行道上井盖松动", "01002"),
    ("小区门口垃圾堆了两天没人清理", "06010"), ("夜间施工扰民", "08001"), ("请问落户需要什么材料", ""),
    ("路面坑洼，请修补", "06013"), ("绿化带被踩坏", "04013"),
)  # fmt: skip


class Unsaid(list[Any]):
    """A list that a failing test does not print: messages may name people."""

    def __repr__(self) -> str:
        return f"<{len(self)} not shown>"


@dataclass
class Day:
    """receipts: uuid → number, as acknowledged."""

    town: Town
    tally: Tally = field(default_factory=Tally)
    receipts: dict[str, str] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    sent_in: float = 0.0
    pause: tuple[float, float] = (0.2, 0.6)  # seconds between two turns of one person

    def open_desks(self) -> None:
        with ThreadPoolExecutor(4) as signing_in:
            self.workers = list(
                signing_in.map(lambda who: Worker(self.town, who[0], who[1], self.tally), PEOPLE.items())
            )

    def work(self, who: Worker) -> None:
        """Turn after turn until the day is over."""
        while not self.over.is_set():
            try:
                TURNS[who.role](who)
            except Exception as error:  # a thread that dies in silence would pass for a quiet colleague
                self.tally.fault(f"{who.name}: {type(error).__name__} {error}")
                return
            self.over.wait(who.rng.uniform(*self.pause))

    def send(self, bodies: list[dict[str, Any]]) -> None:
        """The client: several connections; one message in thirty is sent twice, as after a lost answer."""
        began = time.monotonic()

        def some(start: int) -> None:
            visitor = self.town.visitor()
            for n, body in list(enumerate(bodies))[start::SENDERS]:
                for turn in range(2 if n % 30 == 0 else 1):
                    answer = visitor.post("/api/v1/reports", json=body)
                    if answer.status_code != (200 if turn else 201):
                        self.tally.fault(f"report: {answer.status_code}")
                        break
                    number = str(answer.json()["number"])
                    if self.receipts.setdefault(body["uuid"], number) != number:
                        self.tally.fault("report: another number for the same message")

        with ThreadPoolExecutor(SENDERS) as pool:
            list(pool.map(some, range(SENDERS)))
        self.sent_in = time.monotonic() - began

    def live(self, bodies: list[dict[str, Any]], *, enough: Callable[["Day"], bool], seconds: float) -> None:
        """Messages and people at once, until it is enough or `seconds` are over; all messages are sent."""
        stream = f"http://127.0.0.1:{self.town.env['XIUCHENG_LIVE_PORT']}/"
        crew = [threading.Thread(target=self.work, args=(who,)) for who in self.workers]
        ears = [
            threading.Thread(target=listen, args=(who, stream, self.over), daemon=True)
            for who in self.workers
            if who.name in LISTENERS
        ]
        sender = threading.Thread(target=self.send, args=(bodies,))
        began = time.monotonic()
        for thread in (*ears, *crew, sender):
            thread.start()
        while time.monotonic() - began < seconds and not (enough(self) and not sender.is_alive()):
            time.sleep(0.5)
        sender.join()
        self.over.set()
        for thread in crew:
            thread.join(60)
            assert not thread.is_alive()


def bodies_of(texts: list[tuple[str, str]], seed: int) -> Unsaid:
    """Reports with a place each; one in thirty is a neighbour's word about the same thing beside it."""
    rng, found = Random(seed), Unsaid()
    for n, (text, category) in enumerate(texts):
        west, east = PANLONG if rng.random() < 0.25 else WUHUA
        body: dict[str, Any] = {
            "uuid": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "description": text,
            "longitude": round(rng.uniform(west, east), 7),
            "latitude": round(rng.uniform(*LATITUDES), 7),
            "category": f"matter/{category}" if category else "",
        }
        if n % 30 == 29:
            kept = {key: found[-1][key] for key in ("latitude", "category")}
            body |= kept | {"longitude": round(found[-1]["longitude"] + 0.0001, 7)}
        if n % 3 == 0:
            body["reporter_phone"] = f"138{rng.randrange(10**8):08d}"
        found.append(body)
    return found


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """A town with all its processes and everybody signed in."""
    town = Town(tmp_path)
    try:
        town.found()
        more = [sys.executable, "-m", "e2e.day.staff"]
        done = subprocess.run(more, cwd=ROOT, env=town.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        town.names["posts"] |= json.loads(done.stdout.splitlines()[-1])
        town.start_live()
        town.start_web()
        town.start_worker()
        started = Day(town)
        started.open_desks()
        yield started
        started.over.set()
    finally:
        town.end()


def prove(day: Day, sent: int, words: list[str]) -> None:
    """The ledger, the numbers, the desks and the queue, after everybody went home."""
    assert day.tally.wrong == []
    assert len(day.receipts) == sent
    proof.acknowledged_once(day.town, day.receipts)
    filed = proof.numbers_without_a_gap(day.town)
    compared = proof.desks_tell_the_truth(day.town, day.workers)
    jobs = proof.jobs_drained(day.town, seconds=120)
    ledger = proof.proved(day.town, "verify_ledger")
    rebuilt = proof.proved(day.town, "rebuild_cases", "--check")
    proof.logs_are_quiet(day.town, words)
    assert day.tally.wrong == []
    assert day.tally.heard["case"] > 0, "the open pages heard nothing"
    said = {
        "sent": sent,
        "messages_s": round(sent / day.sent_in, 1),
        "filed": filed,
        "stages": dict(day.town.ask("SELECT stage, count(*) FROM cases_case GROUP BY 1")),
        "steps": day.tally.by_role(),
        "refused": dict(day.tally.refused.most_common(20)),
        "p95_ms": {kind: round(1000 * p95(times)) for kind, times in sorted(day.tally.times.items())},
        "requests": sum(map(len, day.tally.times.values())),
        "heard": dict(day.tally.heard),
        "desks_compared": compared,
        "jobs": jobs,
        "events": ledger.get("events"),
        "rebuilt": rebuilt.get("cases"),
    }
    print(json.dumps(said, ensure_ascii=False, indent=1))


def p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[18] if len(values) > 1 else values[0]


EACH = ("accept", "request_verify", "answer_verify", "file", "dispatch", "take", "handle", "forward")


def test_a_short_day(day: Day) -> None:
    """Sixty made-up messages: the same people, the same proofs. It is evening when the flow was walked through."""
    texts = [(f"{INVENTED[n % 8][0]}（第{n}号）", INVENTED[n % 8][1]) for n in range(60)]
    walked = lambda day: all(day.tally.of(step) for step in EACH)  # noqa: E731
    day.live(bodies_of(texts, 7), enough=walked, seconds=45)
    prove(day, 60, [text for text, _category in texts])
    assert walked(day)


@pytest.mark.slow
@pytest.mark.skipif(
    not (SAMPLES and Path(SAMPLES).is_dir()), reason="XIUCHENG_SAMPLES names no folder of sample data"
)
def test_a_day_of_3000_real_messages(day: Day) -> None:
    real = messages(find(REAL)).messages[:3000]
    assert len(real) == 3000
    day.pause = (2.0, 5.0)  # the messages go first
    bodies = bodies_of(Unsaid((message.text, message.category) for message in real), 11)
    day.live(bodies, enough=lambda day: False, seconds=240)
    prove(day, 3000, Unsaid(message.text[:30] for message in real[::50]))
    for step in (
        "accept", "refuse", "merge", "request_verify", "answer_verify", "file", "decline", "dispatch", "take",
        "handle", "extend", "review_extend", "decide_extend", "return", "decide_return", "suspend", "decide_suspend",
        "forward", "request_check", "answer_check", "close", "supervise", "instruct", "callback", "export",
    ):  # fmt: skip
        assert day.tally.of(step), step
