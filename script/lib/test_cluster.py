"""A real cluster in a temporary folder: made, used, killed, found again. Needs no Django."""

import os
import signal
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import cluster
import pytest

pytestmark = pytest.mark.slow


def ask(url: str, sql: str) -> str:
    done = subprocess.run(["psql", "-XAtq", url, "-c", sql], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """Traversable for the server's user, as a clone in a home folder often is not."""
    folder = tmp_path_factory.mktemp("home")
    yield folder
    if kept := cluster.load(folder):
        cluster.stop(kept)
        if not Path(kept.folder).is_relative_to(folder):
            subprocess.run(["rm", "-rf", kept.folder], check=True)


def test_made_used_and_stopped_by_the_last_user(home):
    with cluster.used(home) as url:
        assert "3." in ask(url, "SELECT postgis_version()")
        assert ask(url, "SHOW fsync") == "on"
        ask(url, "CREATE TABLE kept AS SELECT 7 AS n")
        kept = cluster.load(home)
        with cluster.used(home) as again:
            assert again == url
        assert cluster.running(kept), "another still uses it"
    assert not cluster.running(kept)


def test_the_city_is_no_superuser_and_a_stranger_is_refused(home):
    with cluster.used(home) as url:
        assert ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == "f"
        kept = cluster.load(home)
        stranger = url.replace(kept.password, "guess")
        refused = subprocess.run(
            ["psql", "-XAtq", stranger, "-c", "SELECT 1"], capture_output=True, text=True
        )
        assert refused.returncode and "password authentication failed" in refused.stderr
    for secret in (home / "cluster.json", Path(kept.folder) / "superuser"):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_killed_it_comes_back_with_all_that_was_committed(home):
    with cluster.used(home) as url:
        ask(url, "INSERT INTO kept VALUES (8)")
        kept = cluster.load(home)
        os.kill(cluster.running(kept), signal.SIGKILL)
        time.sleep(0.2)
    assert (kept.data / "postmaster.pid").exists(), "the wreck is what we test"
    with cluster.used(home) as url:
        assert ask(url, "SELECT sum(n) FROM kept") == "15"


def test_a_stranger_with_the_old_number_is_left_alone(home):
    """postmaster.pid and the socket's lock may name a process that merely got the number."""
    kept = cluster.load(home)
    stranger = subprocess.Popen(["sleep", "60"], **cluster.as_server(), cwd="/")
    try:
        lock = f"{stranger.pid}\n{kept.data}\n0\n{kept.port}\n{kept.sockets}\n127.0.0.1\n"
        (kept.data / "postmaster.pid").write_text(lock)
        (Path(kept.sockets) / f".s.PGSQL.{kept.port}.lock").write_text(lock)
        with cluster.used(home) as url:
            assert ask(url, "SELECT count(*) FROM kept") == "2"
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_port_taken_meanwhile_is_changed_and_remembered(home):
    before = cluster.load(home)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", before.port))
        taken.listen()
        with cluster.used(home) as url:
            assert ask(url, "SELECT 1") == "1"
            assert cluster.load(home).port != before.port


@pytest.fixture
def open_home():
    """A home that the server's user can enter, so that the data lies inside it."""
    with tempfile.TemporaryDirectory(prefix="xc-home-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_half_made_is_put_aside_not_deleted(open_home):
    folder = open_home / "cluster"
    folder.mkdir()
    (folder / "something").write_text("of an unfinished start")
    with cluster.used(open_home, throwaway=True) as url:
        assert ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == "t"
    (aside,) = open_home.glob("cluster.unfinished-*")
    assert (aside / "something").read_text() == "of an unfinished start"


def test_data_without_its_password_is_never_replaced(open_home):
    folder = open_home / "cluster"
    folder.mkdir()
    (folder / "complete").touch()
    with pytest.raises(cluster.Failure, match=r"cluster\.json"), cluster.used(open_home):
        pass
    assert (folder / "complete").exists()
