"""Children that are kept alive, and nothing left behind. Standard library alone.

Each child leads a process group of its own, so that Ctrl-C reaches only us and we end them in order. The
kernel ends them when we are killed (PR_SET_PDEATHSIG); should one survive all the same, the next start finds
it by the file in var/run, compares its start time and its program, and ends it. A process that merely has the
same number is never touched.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from place import LOGS, ROOT, VAR, VENV, say

RUN = VAR / "run"
LOG_BYTES = 50 * 2**20  # then the file is turned over; one old one is kept
BACK_OFF = (1, 2, 4, 8, 15, 30)  # seconds before the n-th restart in a row
STEADY_SECONDS = 60  # alive for so long, a child is forgiven its earlier falls
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class Child:
    """A program that should run: start it, see to it, end it."""

    def __init__(self, name: str, command: list[str], env: dict[str, str], *, grace: float = 15) -> None:
        self.name = name
        self.command = command
        self.env = env
        self.grace = grace  # seconds between the polite and the rude end
        self.process: subprocess.Popen[bytes] | None = None
        self.falls = 0
        self.started = 0.0
        self.again_at = 0.0

    def start(self) -> None:
        """Only from the main thread: PR_SET_PDEATHSIG watches the thread that forked."""
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        self.started = time.monotonic()
        threading.Thread(target=_keep_log, args=(self.name, self.process), daemon=True).start()
        remember(self.name, self.process.pid)

    def see_to(self) -> None:
        """Restart it if it fell, later each time it falls again."""
        if self.process is None or self.process.poll() is None:
            return
        now = time.monotonic()
        if not self.again_at:
            end_group(self.process.pid)  # its own children must not live on without it
            if now - self.started > STEADY_SECONDS:
                self.falls = 0
            wait = BACK_OFF[min(self.falls, len(BACK_OFF) - 1)]
            self.falls += 1
            self.again_at = now + wait
            say(
                f"! {self.name} 意外结束（{self.process.returncode}），{wait} 秒后重新启动；"
                f"记录在 {LOGS / self.name}.log"
            )
        elif now >= self.again_at:
            self.again_at = 0.0
            self.start()

    def last_words(self, lines: int = 12) -> str:
        """The end of its log, for a person to see at once."""
        with contextlib.suppress(OSError):
            return "\n".join((LOGS / f"{self.name}.log").read_text(errors="replace").splitlines()[-lines:])
        return ""

    def stop(self) -> None:
        """Ask it to end, wait, then end the whole group."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(self.grace)
        end_group(self.process.pid)
        self.process.wait()
        (RUN / f"{self.name}.json").unlink(missing_ok=True)


def _die_with_parent() -> None:
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _keep_log(name: str, process: "subprocess.Popen[bytes]") -> None:
    """Copy what a child says into var/log, turning the file over when it grows."""
    LOGS.mkdir(parents=True, exist_ok=True)
    target = LOGS / f"{name}.log"
    file = target.open("ab")
    assert process.stdout is not None
    for line in process.stdout:
        if file.tell() > LOG_BYTES:
            file.close()
            target.replace(target.with_suffix(".log.1"))
            file = target.open("ab")
        file.write(line)
        file.flush()
    file.close()


# --- Who is who: a number together with the moment it was given ---


def identity(pid: int) -> str:
    """What tells a process from a later one with its number: the boot and the clock ticks of its start."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}/{fields[19]}"


def remember(name: str, pid: int) -> None:
    RUN.mkdir(parents=True, exist_ok=True)
    aside = RUN / f".{name}"
    aside.write_text(json.dumps({"pid": pid, "identity": identity(pid)}))
    aside.replace(RUN / f"{name}.json")


def group_of(leader: int) -> list[int]:
    """The processes of a group that run this clone's Python; strangers are left out."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            group = int((folder / "stat").read_text().rpartition(")")[2].split()[2])
            if group == leader and str(VENV).encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def end_group(leader: int, *, seconds: float = 5) -> None:
    """End what is left of a child's group: politely, then not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in group_of(leader):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while group_of(leader) and time.monotonic() < deadline:
            time.sleep(0.05)


def end_orphans() -> None:
    """What an earlier start left running because it was killed itself."""
    for file in sorted(RUN.glob("*.json")):
        with contextlib.suppress(ValueError, KeyError):
            kept = json.loads(file.read_text())
            pid = int(kept["pid"])
            # The leader may be gone and its group alive; a group's number is not given again while it lives.
            if identity(pid) in {kept["identity"], ""} and group_of(pid):
                say(f"! 上次留下的进程 {file.stem} 还在，先结束它")
                end_group(pid)
        file.unlink(missing_ok=True)
