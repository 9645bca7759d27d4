"""A town that runs as a city does (granian, worker, its own PostgreSQL with fsync on) and may be killed.

Nothing in it is shared with a city of this clone: cluster, files, secrets and ports are its own. Everything
goes through the door (`Visitor`) or asks the store directly (`Town.ask`).
"""

import base64
import contextlib
import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cluster
import psycopg
import requests
import server
from PIL import Image
from place import ROOT

from xiucheng import secret_files

SPOT = (102.7005, 25.0415)  # grid 530102001001001 of the cast's city
DUSTBIN = "GB/T 47678.5-2026/matter/06001"
WEB_PROCESSES = "2"


class Town:
    """One running town. Processes are ended by their own numbers only."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.names: dict[str, Any] = {}
        self.cluster = cluster.make(home, throwaway=False)
        self.port = cluster.free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.web: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None
        self.live: subprocess.Popen[bytes] | None = None
        data = home / "data"
        secret_files.ensure(data)
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "e2e.settings",
            "DATABASE_URL": self.cluster.url,
            "XIUCHENG_DATA": str(data),
            "XIUCHENG_RATE_LIMITS": "off",
            "XIUCHENG_WORKERS": WEB_PROCESSES,
            "DEMO": "0",
            "PYTHONUTF8": "1",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }

    # --- Life and death ---

    def found(self) -> None:
        """Tables, catalogue, people."""
        done = subprocess.run(
            [sys.executable, "-m", "e2e.founding"], cwd=ROOT, env=self.env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        self.names = json.loads(done.stdout.splitlines()[-1])

    def start_web(self, **env: str) -> None:
        os.environ["XIUCHENG_WORKERS"] = WEB_PROCESSES
        self.web = self._start(server.web(self.env | env, "127.0.0.1", self.port).command, "web", env)
        until(lambda: requests.get(f"{self.base}/healthz", timeout=5).ok, seconds=60)

    def revive_web(self) -> None:
        """What script/server does: granian ends when it finds no process left to it."""
        time.sleep(0.5)
        if self.web is None or self.web.poll() is not None:
            self.start_web()
        until(lambda: requests.get(f"{self.base}/healthz", timeout=5).ok, seconds=30)

    def start_live(self, port: int = 0) -> None:
        """Before the web process: its pages are told where the stream is."""
        port = port or cluster.free_port()
        self.env |= {"PORT": str(self.port), "XIUCHENG_LIVE_PORT": str(port)}
        self.live = self._start(server.live(self.env, "127.0.0.1", port).command, "live", {})
        until(lambda: requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok, seconds=60)

    def start_worker(self) -> None:
        self.worker = self._start(server.worker(self.env).command, "worker", {})

    def _start(self, command: list[str], name: str, env: dict[str, str]) -> "subprocess.Popen[bytes]":
        with (self.home / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.env | env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop_worker(self) -> None:
        end(self.worker)

    def end(self) -> None:
        for process in (self.web, self.live, self.worker):
            end(process)
        cluster.stop(self.cluster)
        if not Path(self.cluster.folder).is_relative_to(self.home):
            subprocess.run(["rm", "-rf", self.cluster.folder], check=True)

    def web_processes(self) -> list[int]:
        """The processes that answer requests, the one that lives longest first. Granian takes it for a crash
        loop, and ends, when one falls again within six seconds; script/server then starts it anew."""
        assert self.web is not None
        found = subprocess.run(["pgrep", "-P", str(self.web.pid)], capture_output=True, text=True).stdout
        alive = [pid for pid in map(int, found.split()) if b"resource_tracker" not in _command(pid)]
        return sorted(alive, key=_started)

    def stop_database(self) -> None:
        cluster.stop(self.cluster)

    def kill_database(self) -> None:
        """The head of the server, without a word; its children follow."""
        os.kill(cluster.running(self.cluster), signal.SIGKILL)

    def start_database(self) -> None:
        cluster.start(self.home, self.cluster)

    # --- What is in the store ---

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows, straight from the store."""
        with psycopg.connect(self.cluster.url) as connection:
            return connection.execute(sql, values).fetchall()

    def counts(self) -> dict[str, int]:
        """How many rows each table that a report or a step writes to has."""
        tables = ("case", "caseevent", "receipt", "reporter", "clock", "leg", "request", "casefile", "notice")
        known = {name for (name,) in self.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
        wanted = [f"cases_{name}" for name in tables if f"cases_{name}" in known]
        assert "cases_caseevent" in wanted and "cases_receipt" in wanted
        return {name: self.ask(f"SELECT count(*) FROM {name}")[0][0] for name in wanted}

    def forget_sessions(self, name: str) -> None:
        """End all sessions of one of the cast, as whoever may would."""
        with psycopg.connect(self.cluster.url) as connection:
            connection.execute(
                "DELETE FROM people_session WHERE person_id = (SELECT id FROM people_person WHERE username = %s)",
                [name],
            )

    # --- Who goes through the door ---

    def visitor(self) -> "Visitor":
        return Visitor(self)

    def token(self, name: str) -> str:
        """A bearer token of one of the cast, by POST /api/v1/tokens."""
        answer = requests.post(
            f"{self.base}/api/v1/tokens",
            json={"username": name, "password": self.names["password"]},
            timeout=30,
        )
        assert answer.status_code in (200, 201), answer.text
        said = answer.json()
        return str(said.get("token") or said["access_token"])

    def as_(self, name: str) -> "Visitor":
        """Somebody of the cast who speaks to the API."""
        visitor = Visitor(self)
        visitor.headers["Authorization"] = f"Bearer {self.token(name)}"
        return visitor

    def signed_in(self, name: str) -> "Visitor":
        """Somebody of the cast in a browser without JavaScript."""
        visitor = Visitor(self)
        visitor.sign_in(name)
        return visitor


@dataclass(frozen=True, slots=True)
class Form:
    """A filled-in form; it may be sent more than once."""

    path: str
    values: dict[str, Any]
    more: dict[str, Any]


class Visitor(requests.Session):
    """A client that knows the town's address; pages are posted with their CSRF token."""

    def __init__(self, town: Town) -> None:
        super().__init__()
        self.town = town

    def request(self, method: str, url: str, *args: Any, **more: Any) -> requests.Response:  # type: ignore[override]
        more.setdefault("timeout", 30)
        if url.startswith("/"):
            url = self.town.base + url
        return super().request(method, url, *args, **more)

    def copy(self) -> "Visitor":
        """The same person's second connection (a session is not made for several threads)."""
        other = Visitor(self.town)
        other.cookies.update(self.cookies)
        other.headers.update(self.headers)
        return other

    def form(self, page: str, fields: dict[str, Any], **more: Any) -> "Form":
        """Open a page and fill in its form."""
        shown = self.get(page)
        assert shown.status_code == 200, shown.text[:500]
        path = page.partition("?")[0]
        return Form(path, hidden_values(shown.text, path) | fields, more)

    def hand_in(self, form: "Form") -> requests.Response:
        """Send a form; redirects are not followed."""
        more = {
            **form.more,
            "headers": {"Referer": self.town.base + form.path, **form.more.get("headers", {})},
        }
        return self.post(form.path, data=form.values, allow_redirects=False, **more)

    def submit(self, page: str, fields: dict[str, Any], **more: Any) -> requests.Response:
        """Open, fill in, send."""
        return self.hand_in(self.form(page, fields, **more))

    def sign_in(self, name: str) -> None:
        answer = self.submit("/login", {"username": name, "password": self.town.names["password"]})
        assert answer.status_code == 302, answer.text[:500]


def hidden_values(html: str, action: str = "") -> dict[str, str]:
    """The hidden fields of the form with this action (of the whole page if none names it)."""
    start = html.find(f'action="{action}"') if action else -1
    part = html[max(start, 0) :]
    part = part[: part.find("</form>")] if start >= 0 else html
    found = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", part):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name:
            found.setdefault(name[1], value[1] if value else "")
    return found


def report(**changes: Any) -> dict[str, Any]:
    """The JSON of a report that is in order, under a new UUID."""
    return {
        "uuid": str(uuid.uuid4()),
        "description": "垃圾桶旁堆了一地垃圾",
        "longitude": SPOT[0],
        "latitude": SPOT[1],
        "category": DUSTBIN,
        **changes,
    }


def png(word: str = "") -> bytes:
    """A small real picture; another word is another picture."""
    colour = tuple(hashlib.sha256(word.encode()).digest()[:3])
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "PNG")
    return out.getvalue()


def png64(word: str = "") -> str:
    return base64.b64encode(png(word)).decode()


def until(done: Callable[[], Any], *, seconds: float = 20, every: float = 0.1) -> Any:
    """Wait for something to come true; errors of a connection count as «not yet»."""
    deadline, last = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if last := done():
                return last
        time.sleep(every)
    raise AssertionError(f"still not so after {seconds} s: {last!r}")


def end(process: "subprocess.Popen[bytes] | None") -> None:
    """Politely, then not. Only a process that we started, and its own group."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _started(pid: int) -> int:
    """When a process began, clock ticks after the boot; 0 if it is gone."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    return 0


def _command(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


@contextlib.contextmanager
def running_town(home: Path) -> Iterator[Town]:
    """A founded town with its web server up; everything ends with the block."""
    town = Town(home)
    try:
        town.found()
        town.start_web()
        yield town
    finally:
        town.end()
