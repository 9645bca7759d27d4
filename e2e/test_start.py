"""The README's two commands on a fresh clone: a city comes up, ends with Ctrl-C, comes back, and survives a kill.

Everything is real: packages are installed, the front end is built, the demo city made. Slow, and at most once.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cluster
import pytest
import requests
from place import ROOT

from e2e.town import report, until

pytestmark = pytest.mark.slow

FIRST_SECONDS = 900  # packages from a registry, front end, five minutes of demo city
SECOND_SECONDS = 15  # issue 3 §1
READY = "绣城已就绪"
CORE = {"longitude": 102.712, "latitude": 25.040}
OURS = ("XIUCHENG_", "DJANGO_", "DATABASE_URL", "DEMO", "PYTHON", "VIRTUAL_ENV", "PG", "HOST", "TLS_")


class Clone:
    """A clone in a folder of its own, and the script/server that runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "xiucheng"
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(self.folder)], check=True)
        self.port = cluster.free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.said = folder / "said.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.env = kept | {"PORT": str(self.port)}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, within: float) -> float:
        """Start it and wait until it says that it is ready, and is; how long that took, seconds.

        /readyz alone would not do: after a kill the children of the start before may answer while they end.
        """
        began = time.monotonic()
        with self.said.open("wb") as log:
            self.process = subprocess.Popen(
                ["script/server"],
                cwd=self.folder,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while READY not in self.said.read_text() or not self.is_ready():
            assert self.process.poll() is None, self.said.read_text()[-3000:]
            assert time.monotonic() - began < within + 60, self.said.read_text()[-3000:]
            time.sleep(0.1)
        return time.monotonic() - began

    def is_ready(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.base}/readyz", timeout=5).status_code == 200
        return False

    def interrupt(self) -> int:
        """Ctrl-C, as a terminal sends it. Returns the exit code."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(60)

    def processes(self) -> dict[int, str]:
        """What runs from this clone or on its data, by number."""
        kept = cluster.load(self.folder / "var")
        marks = [str(self.folder), *([kept.folder] if kept else [])]
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                place = os.readlink(entry / "cwd")
                if command and any(mark in command or place.startswith(mark) for mark in marks):
                    found[int(entry.name)] = command
        return found

    def kill_everything(self) -> None:
        """As if the power went: nobody is asked, nobody cleans up."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert self.process is not None
        self.process.wait(10)

    def manage(self, *words: str) -> str:
        done = subprocess.run(
            ["script/manage", *words], cwd=self.folder, env=self.env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    def remove(self) -> None:
        if self.process and self.process.poll() is None:
            self.interrupt()
        kept = cluster.load(self.folder / "var")
        if kept:
            cluster.stop(kept)
            shutil.rmtree(kept.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    if not (ROOT / ".git").exists():
        pytest.skip("这里不是 git 仓库，不能 clone。")
    made = Clone(tmp_path_factory.mktemp("fresh"))
    made.start(within=FIRST_SECONDS)
    yield made
    made.remove()


@pytest.fixture
def city(clone: Clone) -> Clone:
    """It runs, whatever the test before has done to it."""
    if clone.process is None or clone.process.poll() is not None:
        clone.start(within=SECOND_SECONDS)
    return clone


def reported(city: Clone) -> dict[str, Any]:
    """An acknowledged report: its receipt."""
    answer = requests.post(f"{city.base}/api/v1/reports", json=report(**CORE, category=""), timeout=30)
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def is_there(city: Clone, receipt: dict[str, Any]) -> bool:
    address = f"{city.base}/api/v1/reports/{receipt['number']}"
    return requests.get(address, params={"code": receipt["query_code"]}, timeout=30).status_code == 200


def test_a_fresh_clone_becomes_a_city(city: Clone) -> None:
    accounts = json.loads(city.manage("demo_accounts", "--json"))
    roles = {account["role"] for account in accounts}
    assert roles >= {
        "intake", "shift_leader", "dispatcher", "department", "inspector", "evaluator", "leader",
        "system_admin", "security_admin", "auditor",
    }  # fmt: skip
    receipt = reported(city)
    assert receipt["unit_grid"] and len(receipt["unit_grid"]) == 15
    clerk = next(
        a for a in accounts if a["role"] == "intake" and receipt["division"].startswith(a["division"])
    )
    who = {"username": clerk["username"], "password": clerk["password"]}
    token = requests.post(f"{city.base}/api/v1/tokens", json=who, timeout=30).json()
    bearer = {"Authorization": f"Bearer {token.get('token') or token['access_token']}"}
    seen = requests.get(f"{city.base}/api/v1/cases/{receipt['number']}", headers=bearer, timeout=30)
    assert seen.status_code == 200 and seen.json()["number"] == receipt["number"]


def test_the_first_page_comes_with_its_styles(city: Clone) -> None:
    page = requests.get(f"{city.base}/", timeout=30).text
    assets = [part.partition('"')[0] for part in page.split('"/static/')[1:]]
    assert any(name.endswith(".css") for name in assets) and any(name.endswith(".js") for name in assets)
    for name in assets:
        assert requests.get(f"{city.base}/static/{name}", timeout=30).status_code == 200, name


def test_the_demo_city_proves_itself(city: Clone) -> None:
    assert json.loads(city.manage("verify_ledger", "--json"))
    city.manage("rebuild_cases", "--check", "--json")


def test_a_city_heals_itself(city: Clone) -> None:
    """Its database, its worker and its web server are killed under it; nobody types anything."""
    receipt, kept = reported(city), cluster.load(city.folder / "var")
    assert kept is not None
    os.kill(cluster.running(kept), signal.SIGKILL)
    until(lambda: not city.is_ready(), seconds=20)
    until(city.is_ready, seconds=60, every=0.5)
    assert is_there(city, receipt)
    for name in ("worker", "web"):
        run = city.folder / "var" / "run" / f"{name}.json"
        fallen = json.loads(run.read_text())["pid"]
        os.kill(fallen, signal.SIGKILL)
        until(lambda: json.loads(run.read_text())["pid"] != fallen, seconds=60)  # noqa: B023
        until(city.is_ready, seconds=60, every=0.5)
    assert is_there(city, receipt)


def test_ctrl_c_ends_all_and_the_second_start_is_quick(city: Clone) -> None:
    receipt = reported(city)
    assert city.interrupt() == 0
    assert city.processes() == {}
    took = city.start(within=SECOND_SECONDS)
    assert took < SECOND_SECONDS, f"{took:.1f} s"
    assert is_there(city, receipt)


@pytest.mark.parametrize("what", ["script/server", "everything"])
def test_after_kill_9_the_next_start_recovers_alone(city: Clone, what: str) -> None:
    receipt = reported(city)
    assert city.process is not None
    if what == "everything":
        city.kill_everything()
    else:
        os.kill(city.process.pid, signal.SIGKILL)
        city.process.wait(10)
    city.start(within=60)
    assert is_there(city, receipt)
    city.manage("rebuild_cases", "--check", "--json")
    assert city.interrupt() == 0
    assert city.processes() == {}


def test_a_second_server_of_the_same_clone_is_refused_in_words(city: Clone) -> None:
    second = subprocess.run(["script/server"], cwd=city.folder, env=city.env, capture_output=True, text=True)
    assert second.returncode != 0 and "已经在运行" in second.stderr
    assert city.is_ready()
