"""Children fall, are put up again, and leave nothing behind. Real processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import supervise
from place import PYTHON

SLEEPER = "import time; time.sleep(60)"
PARENT_AND_CHILD = f"""
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {SLEEPER!r}])
print("up", flush=True)
time.sleep(60)
"""


def until(done, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(done())


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setattr(supervise, "RUN", tmp_path / "run")
    monkeypatch.setattr(supervise, "LOGS", tmp_path / "log")


@pytest.fixture
def child(tmp_path):
    child = supervise.Child("pair", [str(PYTHON), "-c", PARENT_AND_CHILD], dict(os.environ), grace=2)
    child.start()
    assert until(lambda: len(supervise.group_of(child.process.pid)) == 2)
    yield child
    child.stop()


def test_stop_leaves_nothing_behind(child, tmp_path):
    leader = child.process.pid
    child.stop()
    assert supervise.group_of(leader) == []
    assert not (tmp_path / "run" / "pair.json").exists()
    assert "up" in (tmp_path / "log" / "pair.log").read_text()


def test_a_fallen_child_is_put_up_again_and_its_own_children_ended(child, monkeypatch):
    monkeypatch.setattr(supervise, "BACK_OFF", (0.2, 30))
    fallen = child.process.pid
    os.kill(fallen, signal.SIGKILL)
    child.process.wait()
    child.see_to()
    assert supervise.group_of(fallen) == []
    assert child.process.pid == fallen, "not at once"
    assert until(lambda: child.see_to() or child.process.pid != fallen)
    assert child.falls == 1


@pytest.mark.parametrize(("falls", "wait"), [(0, 1), (1, 2), (4, 15), (9, 30)])
def test_each_fall_in_a_row_waits_longer(falls, wait):
    child = supervise.Child("brief", [sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ))
    child.falls = falls
    child.start()
    child.process.wait()
    child.see_to()
    assert wait - 1 < child.again_at - time.monotonic() <= wait
    child.stop()


def test_orphans_of_a_killed_start_are_ended(child):
    leader = child.process.pid
    child.process.kill()  # the leader is gone, its child lives
    child.process.wait()
    assert len(supervise.group_of(leader)) == 1
    supervise.end_orphans()
    assert supervise.group_of(leader) == []


def test_a_stranger_with_the_number_is_left_alone(tmp_path):
    stranger = subprocess.Popen([str(PYTHON), "-c", SLEEPER], start_new_session=True)
    try:
        supervise.remember("old", stranger.pid)
        file = tmp_path / "run" / "old.json"
        file.write_text(file.read_text().replace(supervise.identity(stranger.pid), "another-boot/1"))
        supervise.end_orphans()
        assert stranger.poll() is None
        assert not file.exists()
    finally:
        stranger.kill()
        stranger.wait()


def test_killed_ourselves_our_children_end(tmp_path):
    """PR_SET_PDEATHSIG: the kernel tells them."""
    program = f"""
import os, sys, time
from pathlib import Path
sys.path.insert(0, {str(Path(supervise.__file__).parent)!r})
import supervise
supervise.RUN = supervise.LOGS = Path({str(tmp_path)!r})
child = supervise.Child("c", [sys.executable, "-c", {SLEEPER!r}], dict(os.environ))
child.start()
print(child.process.pid, flush=True)
time.sleep(60)
"""
    script = subprocess.Popen([str(PYTHON), "-c", program], stdout=subprocess.PIPE, text=True)
    pid = int(script.stdout.readline())
    script.kill()
    script.wait()
    assert until(lambda: not supervise.identity(pid) or _is_zombie(pid))


def _is_zombie(pid: int) -> bool:
    """Dead, and nobody has asked for its result: where the machine's first process does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
