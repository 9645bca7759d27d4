"""A private PostgreSQL + PostGIS cluster: made, found, started and stopped by the project's own scripts.

Where it lies is remembered in `<home>/cluster.json` (home: var/ for the city, a temporary folder for tests).
PostgreSQL refuses to run as root, so for root it runs as `postgres`, and its data lies where that user can
enter. Many scripts may use one cluster at once: each holds a shared lock while it does, and whoever finds
himself the last one stops it. Standard library alone.
"""

import contextlib
import fcntl
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from place import PATH_KEY, VAR, Failure, step

SYSTEM_USER = "postgres"  # who runs the server when root starts it
OWNER = "xiucheng"  # role and database
LEAST_VERSION = 15
SOCKET_PATH_MAX = 100  # the kernel's limit is 107 bytes for folder and name together
START_SECONDS = 120  # crash recovery after a kill may take a while
STOP_SECONDS = 30


@dataclass
class Cluster:
    """What is remembered of a cluster between two starts."""

    folder: str  # data and secrets of the server
    sockets: str
    port: int
    password: str
    throwaway: bool = False  # for tests: superuser, no waiting for the disk

    @property
    def data(self) -> Path:
        return Path(self.folder) / "pg"

    @property
    def url(self) -> str:
        return f"postgresql://{OWNER}:{self.password}@{quote(self.sockets, safe='')}:{self.port}/{OWNER}"


def programs() -> Path:
    """The folder of the newest PostgreSQL that has PostGIS. Raises: Failure."""
    found = [
        (int(folder.name), folder / "bin")
        for folder in Path("/usr/lib/postgresql").glob("[0-9]*")
        if (folder / "bin" / "initdb").exists()
        and Path(f"/usr/share/postgresql/{folder.name}/extension/postgis.control").exists()
    ]
    if not found or max(found)[0] < LEAST_VERSION:
        raise Failure("没有找到带 PostGIS 的 PostgreSQL 15，请先运行 script/bootstrap。")
    return max(found)[1]


def as_server() -> dict[str, object]:
    """Keywords for subprocess: who the server's programs run as."""
    if os.getuid():
        return {}
    who = pwd.getpwnam(SYSTEM_USER)
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


def call(*words: object, check: bool = True, text: str | None = None, seconds: float = 300) -> str:
    """Run one of the server's programs as its user. Raises: Failure with what it said."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd="/",
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        env={**os.environ, "LC_ALL": "C.UTF-8", "PGOPTIONS": ""},
        **as_server(),  # type: ignore[call-overload]
    )
    if check and done.returncode:
        raise Failure(f"{Path(str(words[0])).name} 没有成功：\n{done.stdout}")
    return done.stdout


# --- Where ---


def can_enter(folder: Path) -> bool:
    """Whether the server's user may make a folder's children his own: every parent lets him through."""
    if os.getuid():
        return os.access(folder, os.W_OK | os.X_OK)
    done = subprocess.run(["/usr/bin/test", "-x", folder], cwd="/", **as_server())  # type: ignore[call-overload]
    return done.returncode == 0


def choose_folder(home: Path) -> Path:
    """Below the clone where that works, else a new place below /var/lib: a second clone at the same path must
    not meet the first one's data."""
    folder = home / "cluster"
    if can_enter(home):
        return folder
    place = Path("/var/lib/xiucheng")
    place.mkdir(mode=0o755, exist_ok=True)
    return place / f"{PATH_KEY}-{secrets.token_hex(3)}"


def own_folder(folder: Path, mode: int = 0o700) -> None:
    """Make a folder of the server's user."""
    folder.mkdir(parents=True, exist_ok=True)
    if not os.getuid():
        shutil.chown(folder, SYSTEM_USER, SYSTEM_USER)
    folder.chmod(mode)


def socket_folder(folder: Path, remembered: str = "") -> str:
    """A folder for the socket: its path short enough, open to the server's user and to nobody else."""
    inside = folder / "run"
    if len(str(inside)) < SOCKET_PATH_MAX - len("/.s.PGSQL.65535.lock"):
        own_folder(inside)
        return str(inside)
    if remembered and _ours(Path(remembered)):
        return remembered
    made = Path(tempfile.mkdtemp(prefix="xc-", dir="/tmp"))
    own_folder(made)
    return str(made)


def _ours(folder: Path) -> bool:
    uid = os.getuid() or pwd.getpwnam(SYSTEM_USER).pw_uid
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return False
    return folder.is_dir() and not folder.is_symlink() and status.st_uid == uid and not status.st_mode & 0o077


def free_port(wish: int = 0) -> int:
    """The wished port of 127.0.0.1 if nobody has it, else any free one."""
    for port in (wish, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise Failure("没有空闲的端口。")


# --- Making ---


def load(home: Path) -> Cluster | None:
    """The cluster that a home remembers, if its data is there."""
    try:
        cluster = Cluster(**json.loads((home / "cluster.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return cluster if (cluster.data / "PG_VERSION").exists() and _complete(cluster) else None


def _complete(cluster: Cluster) -> bool:
    return (Path(cluster.folder) / "complete").exists()


def save(home: Path, cluster: Cluster) -> None:
    target, aside = home / "cluster.json", home / ".cluster.json"
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(cluster), file, indent=1)
    aside.replace(target)


def make(home: Path, *, throwaway: bool) -> Cluster:
    """initdb, role, database. A half-made one (killed in between) is put aside, never deleted.

    Raises: Failure.
    """
    folder = choose_folder(home)
    if folder.exists() and any(folder.iterdir()):
        if (folder / "complete").exists():
            raise Failure(
                f"{folder} 里已有一个数据库，但 {home / 'cluster.json'} 不见了，无法得知它的口令。"
                "请找回该文件；若确定不要这些数据，请把该文件夹改名后再试。"
            )
        folder.rename(folder.with_name(f"{folder.name}.unfinished-{int(time.time())}"))
    own_folder(folder)
    cluster = Cluster(str(folder), socket_folder(folder), free_port(), secrets.token_urlsafe(24), throwaway)
    secret = folder / "superuser"
    secret.write_text(secrets.token_urlsafe(24) + "\n")
    secret.chmod(0o600)
    if not os.getuid():
        shutil.chown(secret, SYSTEM_USER, SYSTEM_USER)
    call(
        programs() / "initdb", "-D", cluster.data, "-U", "postgres", "--pwfile", secret,
        "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions",
    )  # fmt: skip
    with (cluster.data / "postgresql.conf").open("a") as file:
        file.write("include = 'xiucheng.conf'\n")
    start(home, cluster)
    _make_database(cluster, secret.read_text().strip())
    (folder / "complete").touch()
    save(home, cluster)
    return cluster


def _make_database(cluster: Cluster, password: str) -> None:
    """The city's role is no superuser. PostGIS comes with template1, since only a superuser may add it."""
    rights = "SUPERUSER" if cluster.throwaway else "NOSUPERUSER CREATEDB"
    sql = f"""
        CREATE EXTENSION IF NOT EXISTS postgis;
        CREATE ROLE {OWNER} LOGIN {rights} PASSWORD '{cluster.password}';
        CREATE DATABASE {OWNER} OWNER {OWNER};
    """
    url = f"postgresql://postgres:{password}@{quote(cluster.sockets, safe='')}:{cluster.port}/template1"
    call(programs() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-", text=sql)


def write_settings(cluster: Cluster) -> None:
    """What differs from PostgreSQL's own defaults; sized for a machine that it shares with the web server."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": cluster.port,
        "unix_socket_directories": cluster.sockets,
        "unix_socket_permissions": "0700",
        "max_connections": 100,
        "shared_buffers": f"{max(64, min(256 if cluster.throwaway else 2048, memory // 8))}MB",
        "effective_cache_size": f"{max(256, memory // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{max(64, min(512, memory // 32))}MB",
        "max_wal_size": "4GB",
        "random_page_cost": 1.1,
        "jit": "off",  # our statements are short: compiling them costs more than it saves
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "postgresql-%a.log",  # a week, then over again
        "log_truncate_on_rotation": "on",
        "log_rotation_size": 0,
        # Values of rows and statements name people; the log says what failed, not on whose data.
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_min_duration_statement": -1,
    }
    if cluster.throwaway:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    lines = [f"{name} = '{value}'" for name, value in settings.items()]
    target = cluster.data / "xiucheng.conf"
    target.write_text("# Written by script/lib/cluster.py at every start; your own lines go to own.conf.\n")
    with target.open("a") as file:
        file.write("\n".join([*lines, "include_if_exists = 'own.conf'", ""]))
    if not os.getuid():
        shutil.chown(target, SYSTEM_USER, SYSTEM_USER)


# --- Starting and stopping ---


def running(cluster: Cluster) -> int:
    """The process id of this cluster's server, 0 if it does not run. A recycled id is not taken for it."""
    try:
        pid = int((cluster.data / "postmaster.pid").read_text().split()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
        return 0
    return pid if b"postgres" in command[0] and str(cluster.data).encode() in command else 0


def leftovers(cluster: Cluster) -> list[int]:
    """Server processes without their head (it was killed): their working folder is the cluster's data."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(folder / "cwd") == str(cluster.data):
                found.append(int(folder.name))
    return found


def clear_wreck(cluster: Cluster) -> None:
    """After kill -9: end what is left of the old server, remove its locks. Only when its head is gone."""
    for number in (None, signal.SIGQUIT, signal.SIGKILL):
        for pid in leftovers(cluster) if number else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)  # type: ignore[arg-type]
        deadline = time.monotonic() + 5
        while leftovers(cluster) and time.monotonic() < deadline:
            time.sleep(0.1)
    # Nobody runs on this data now, so whatever process has the numbers in these files is a stranger.
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)
    for stale in Path(cluster.sockets).glob(".s.PGSQL.*"):
        stale.unlink(missing_ok=True)


def start(home: Path, cluster: Cluster) -> None:
    """Start the server if it does not run, on its old port if that is still free. Raises: Failure."""
    if running(cluster):
        call(programs() / "pg_ctl", "-D", cluster.data, "-w", "-t", START_SECONDS, "status")
        return
    clear_wreck(cluster)
    for attempt in range(3):
        cluster.sockets = socket_folder(Path(cluster.folder), cluster.sockets)
        cluster.port = free_port(cluster.port if attempt == 0 else 0)
        write_settings(cluster)
        log = Path(cluster.folder) / "start.log"
        said = call(
            programs() / "pg_ctl", "-D", cluster.data, "-l", log, "-w", "-t", START_SECONDS, "start",
            check=False, seconds=START_SECONDS + 10,
        )  # fmt: skip
        if running(cluster):
            if _complete(cluster):
                save(home, cluster)
            return
        time.sleep(0.5)  # somebody took the port between our look and the server's
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise Failure(f"数据库没有启动：\n{said}\n{tail}\n详细记录在 {cluster.data / 'log'}。")


def stop(cluster: Cluster) -> None:
    """Stop the server; connections are cut, transactions rolled back, nothing acknowledged is lost."""
    if running(cluster):
        call(
            programs() / "pg_ctl", "-D", cluster.data, "-m", "fast", "-w", "-t", STOP_SECONDS, "stop",
            check=False, seconds=STOP_SECONDS + 10,
        )  # fmt: skip


@contextlib.contextmanager
def used(home: Path = VAR, *, throwaway: bool = False, keep: bool = False) -> Iterator[str]:
    """The address of a running cluster for the time of the block.

    Made when there is none, started when it does not run, stopped by the last who uses it (`keep` leaves it).
    Raises: Failure.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "cluster.users").open("w") as users:
        with alone(home):
            fcntl.flock(users, fcntl.LOCK_SH)
            cluster = load(home)
            if cluster is None:
                with step("建立数据库 (PostgreSQL + PostGIS)"):
                    cluster = make(home, throwaway=throwaway)
            elif not running(cluster):
                with step("启动数据库 (PostgreSQL)"):
                    cluster = _start_or_remake(home, cluster)
        try:
            yield cluster.url
        finally:
            with alone(home):
                if not keep and _last(users):
                    stop(cluster)


def _start_or_remake(home: Path, cluster: Cluster) -> Cluster:
    """Tests do not wait for the disk, so a power cut may ruin theirs; a city's is never thrown away."""
    try:
        start(home, cluster)
    except Failure:
        if not cluster.throwaway:
            raise
        shutil.rmtree(cluster.folder)
        return make(home, throwaway=True)
    return cluster


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """Starting and stopping are done by one at a time."""
    with (home / "cluster.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _last(users: object) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[arg-type]
    except BlockingIOError:
        return False
    return True
