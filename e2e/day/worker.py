"""Somebody at a desk: opens pages, fills in their forms, sends them, and is content with an honest refusal."""

import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import requests

from e2e.day.forms import PageForm, errors, form_of, rows
from e2e.town import Town, Visitor, png, png64

HONEST = (409, 412, 422)
CHINESE = re.compile(r"[\u4e00-\u9fff]{4,}")
FILL = dict[str, str]


@dataclass
class Tally:
    """What everybody did, together. No word of a case is kept: messages may name people."""

    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    heard: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def done(self, role: str, step: str, count: int = 1) -> None:
        with self.lock:
            self.steps[role, step] += count

    def fault(self, text: str) -> None:
        with self.lock:
            self.wrong.append(text)

    def of(self, step: str) -> int:
        return sum(count for (_role, name), count in self.steps.items() if name == step)

    def by_role(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for (role, step), count in sorted(self.steps.items()):
            found[role][step] = count
        return dict(found)


class Worker:
    """One person with a browser and, for programs of his own, a token."""

    def __init__(self, town: Town, name: str, role: str, tally: Tally) -> None:
        self.name, self.role, self.tally = name, role, tally
        self.rng = Random(name)
        self.web: Visitor = town.signed_in(name)
        self.api: Visitor = town.as_(name)
        self.base = town.base
        self.asked: set[str] = set()  # cases about which something was asked for; they wait for others
        self.pictures = 0

    # -- the wire ---

    def send(self, kind: str, call: Callable[[], requests.Response]) -> requests.Response | None:
        began = time.perf_counter()
        try:
            answer = call()
        except requests.RequestException as error:
            self.tally.fault(f"{self.name} {kind}: {type(error).__name__}")
            return None
        self.tally.times[kind].append(time.perf_counter() - began)
        return answer

    def judged(self, answer: requests.Response | None, kind: str, *, look: bool = False) -> bool:
        """Was it done? An honest refusal of a deed is counted; anything else that is no success is a fault."""
        if answer is None:
            return False
        if answer.status_code < 400:
            return True
        said = sentence(answer)
        honest = (409,) if look else HONEST  # what one only looks at may be gone to a colleague, never wrong
        if answer.status_code in honest and CHINESE.search(said):
            with self.tally.lock:
                self.tally.refused[f"{kind} {answer.status_code} {said}"] += 1
        else:
            self.tally.fault(f"{self.name} {kind}: {answer.status_code} {answer.request.path_url} {said}")
        return False

    def look(self, path: str, kind: str = "look") -> str:
        answer = self.send(kind, lambda: self.web.get(path, allow_redirects=False))
        return answer.text if answer is not None and self.judged(answer, kind, look=True) else ""

    def post(self, form: PageForm, kind: str, **extra: str) -> requests.Response | None:
        pairs = [(name, value) for name, values in form.values.items() for value in values]
        photos = [(name, ("现场.png", self.picture(), "image/png")) for name in form.files]
        headers = {"Referer": self.base + form.action}
        return self.send(
            kind,
            lambda: self.web.post(
                form.action,
                data=[*pairs, *extra.items()],
                files=photos or None,
                headers=headers,
                allow_redirects=False,
            ),
        )

    def token(self) -> str:
        """What a browser's forms carry against forgery."""
        return str(self.web.cookies["csrftoken"])

    def picture(self) -> bytes:
        self.pictures += 1
        return png(f"{self.name}{self.pictures % 40}")

    # -- the desk ---

    def desk(self, tab: str) -> list[str]:
        """The numbers of the cases that wait in a tab, those that nobody else has been asked about."""
        found = rows(self.look(f"/desk?tab={tab}", "desk"))
        return [number for number in found if number not in self.asked]

    def some(self, tab: str, most: int) -> list[str]:
        waiting = self.desk(tab)
        return self.rng.sample(waiting, min(most, len(waiting)))

    def step(
        self, number: str, step: str, fill: FILL | Callable[[PageForm], FILL | None] | None = None
    ) -> bool:
        """One step of one case by its form."""
        path = f"/cases/{number}/{step}"
        form = form_of(self.look(f"{path}?back=/desk", "form"), path)
        if form is None:
            return False
        answers = fill(form) if callable(fill) else fill
        if answers is None and fill is not None:
            return False  # seen, and left as it is
        form.fill(**(answers or {}))
        answer = self.post(form, "step")
        done = self.judged(answer, step)
        if done:
            self.tally.done(self.role, step)
        return done

    def by_api(self, number: str, step: str, **body: Any) -> bool:
        answer = self.send("api", lambda: self.api.post(f"/api/v1/cases/{number}/{step}", json=body))
        done = self.judged(answer, step)
        if done:
            self.tally.done(self.role, step)
        return done

    def together(
        self, step: str, numbers: list[str], fill: Callable[[PageForm, str], FILL] | None = None
    ) -> list[str]:
        """Several cases on the page of many; returns those that stayed behind with a sentence each."""
        if not numbers:
            return []
        token = self.token()
        form = PageForm("/desk/bulk")
        form.values |= {"csrfmiddlewaretoken": [token], "step": [step], "case": numbers, "back": ["/desk"]}
        answer = self.post(form, "bulk")
        if answer is not None and answer.status_code == 200:  # it asks something
            shown = form_of(answer.text, "/desk/bulk")
            assert shown is not None
            for number in shown.values["case"]:
                answers = fill(shown, number) if fill else {}
                shown.fill(**{f"{number}-{name}": value for name, value in answers.items()})
            answer = self.post(shown, "bulk")
        if answer is None:
            return numbers
        left: list[str] = []
        if not self.judged(answer, f"bulk {step}"):
            stayed = form_of(answer.text, "/desk/bulk")
            left = list(stayed.values["case"]) if stayed else numbers
        self.tally.done(self.role, step, len(numbers) - len(left))
        return left

    def here(self, number: str) -> dict[str, float]:
        """Where the case is: whoever answers from the site stands there."""
        answer = self.send("api", lambda: self.api.get(f"/api/v1/cases/{number}"))
        if answer is None or not self.judged(answer, "case"):
            return {}
        found = answer.json()
        return {"longitude": found["longitude"], "latitude": found["latitude"]}

    def photo64(self) -> str:
        self.pictures += 1
        return png64(f"{self.name}{self.pictures % 40}")


def sentence(answer: requests.Response) -> str:
    """What a person is told, of a page or of the API; never more than that."""
    if "json" in answer.headers.get("Content-Type", ""):
        said: Iterable[str] = [str(answer.json().get("detail", ""))]
    else:
        said = errors(answer.text) or re.findall(r'role="alert"><p>([^<]*)</p>', answer.text)
    return " ".join(dict.fromkeys(said))[:120]


def listen(worker: Worker, address: str, over: threading.Event) -> None:
    """An open page: hears what changes until the day is over."""
    try:
        with worker.web.copy().get(address, stream=True, timeout=60) as stream:
            if stream.status_code != 200:
                worker.tally.fault(f"{worker.name} stream: {stream.status_code}")
                return
            for line in stream.iter_lines(chunk_size=1):
                if line.startswith(b"event:"):
                    worker.tally.heard[line[6:].strip().decode()] += 1
                if over.is_set():
                    return
    except requests.RequestException as error:
        if not over.is_set():
            worker.tally.fault(f"{worker.name} stream: {type(error).__name__}")
