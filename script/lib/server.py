"""script/server: from a prepared clone to a running city, and back to nothing on Ctrl-C."""

import contextlib
import fcntl
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import cluster
from city import environment, manage
from place import LOGS, PYTHON, ROOT, VAR, VENV, Failure, main, say, step
from supervise import Child, end_orphans

READY_SECONDS = 120
HOPELESS = 3  # falls in a row before the city was ever ready
LOOK_SECONDS = 0.5
ENDING_SECONDS = 10


def body() -> int:
    began = time.monotonic()
    # SIGINT too: a shell that starts us in the background has it ignored, and Python would leave it so.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    host, port = os.environ.get("HOST") or "127.0.0.1", _port()
    with _only_one():
        end_orphans()
        _port_is_free(host, port)
        with environment() as env:
            env |= _door(host)
            _prepare_city(env)
            env |= _live_door(host, port)
            children = [worker(env), live(env, host, int(env["XIUCHENG_LIVE_PORT"])), web(env, host, port)]
            try:
                for child in children:
                    child.start()
                address = _address(host, port)
                with step("等待就绪 (/readyz)"):
                    _wait_until_ready(address, children)
                say(f"绣城已就绪，共 {time.monotonic() - began:.1f} s：{address}")
                say(f"登录 {address}/login　上报 {address}/report　日志 {LOGS}　按 Ctrl-C 结束")
                _watch(children, env)
            except KeyboardInterrupt:
                pass
            finally:
                _calm()
                with step("结束 (web, live, worker, PostgreSQL)"):
                    for child in reversed(children):
                        child.stop()
    return 0


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _calm() -> None:
    """While we put things away a second Ctrl-C must not leave half of them."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    VAR.mkdir(exist_ok=True)
    with (VAR / "server.lock").open("w") as lock:
        deadline = time.monotonic() + ENDING_SECONDS  # the one before us may just be ending
        while not _locked(lock):
            if time.monotonic() > deadline:
                raise Failure("这份代码的 script/server 已经在运行。要开第二个城市，请另外 git clone 一份。")
            time.sleep(LOOK_SECONDS)
        yield


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# --- The door ---


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Failure(f"PORT={text} 不是端口号，请给 1 到 65535 之间的整数。")
    return int(text)


def _port_is_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Failure(
                f"不能在 {host}:{port} 上监听（{error.strerror}）。请换一个端口，例如 PORT=8001。"
            ) from None


def _live_door(host: str, port: int) -> dict[str, str]:
    """The port of the stream (docs/developers/live.md): the one asked for, else the next after the web's, else any.

    The pages are told which; so a port that somebody else has taken is no reason not to start.
    """
    asked = os.environ.get("XIUCHENG_LIVE_PORT", "")
    if asked and (not asked.isdigit() or not 0 < int(asked) < 65536 or int(asked) == port):
        raise Failure(f"XIUCHENG_LIVE_PORT={asked} 不能用，请给 1 到 65535 之间、与 PORT 不同的整数。")
    wanted = int(asked) if asked else port % 65535 + 1
    try:
        _port_is_free(host, wanted)
    except Failure:
        if asked:
            raise
        wanted = cluster.free_port()
        say(f"提示：{port + 1} 端口已被占用，页面的即时提醒改用 {wanted}。")
    return {"PORT": str(port), "XIUCHENG_LIVE_PORT": str(wanted)}


def _tls() -> tuple[str, str] | None:
    certificate, key = os.environ.get("TLS_CERT"), os.environ.get("TLS_KEY")
    if not certificate and not key:
        return None
    for name, path in (("TLS_CERT", certificate), ("TLS_KEY", key)):
        if not path or not os.access(path, os.R_OK):
            raise Failure(f"{name} 没有给出或读不到：{path or '（空）'}。证书和私钥（PKCS#8）要一起给。")
    return str(Path(certificate or "").absolute()), str(Path(key or "").absolute())


def _door(host: str) -> dict[str, str]:
    """What Django must know about how it is reached."""
    names = os.environ.get("XIUCHENG_ALLOWED_HOSTS", "")
    if not names:
        named = {"127.0.0.1", "localhost", "[::1]", socket.gethostname()}
        if host not in {"0.0.0.0", "::"}:
            named.add(f"[{host}]" if ":" in host else host)
        else:
            say("提示：经其他地址或域名访问时，请设置 XIUCHENG_ALLOWED_HOSTS（docs/operators/settings.md）。")
        names = ",".join(sorted(named))
    return {"XIUCHENG_ALLOWED_HOSTS": names} | ({"XIUCHENG_HTTPS": "1"} if _tls() else {})


def _address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"{'https' if _tls() else 'http'}://{shown}:{port}"


# --- The city ---


def _prepare_city(env: dict[str, str]) -> None:
    with step("数据库结构与静态文件 (migrate, static)"):
        done = manage(env, "prepare_city", stdout=subprocess.PIPE)
        if done.returncode:
            raise Failure("准备没有成功，原因见上面几行。")
        state = json.loads(done.stdout.splitlines()[-1])
    if state["demo_wanted"] and not state["demo_built"]:
        with step("生成演示城市 (demo city; DEMO=0 skips it)"):
            if manage(env, "build_demo").returncode:
                raise Failure("演示城市没有建成，原因见上面几行。不要演示城市时用 DEMO=0 script/server。")


def worker(env: dict[str, str]) -> Child:
    """Runs queued jobs; how often it asks for some is in settings.PROCRASTINATE_WORKER_DEFAULTS."""
    command = [
        str(PYTHON), str(ROOT / "manage.py"), "procrastinate", "worker", "--name", "worker",
        "--shutdown-graceful-timeout", "10",
    ]  # fmt: skip
    return Child("worker", command, env, grace=15)


def live(env: dict[str, str], host: str, port: int) -> Child:
    """Tells open pages what changed: one process, one loop, however many pages."""
    command = [
        str(PYTHON), str(VENV / "bin" / "granian"), "--interface", "asgi", "--no-ws", "--http", "1",
        "--host", host, "--port", str(port), "--workers", "1", "--workers-kill-timeout", "5",
        "--respawn-failed-workers", "--respawn-interval", "1", "xiucheng.live.asgi:application",
    ]  # fmt: skip
    return Child("live", _with_tls(command), env, grace=10)


def web(env: dict[str, str], host: str, port: int) -> Child:
    """Processes, not threads: a thread waiting for the interpreter would hold its row locks meanwhile."""
    workers = os.environ.get("XIUCHENG_WORKERS") or str(2 * len(os.sched_getaffinity(0)))
    command = [
        str(PYTHON), str(VENV / "bin" / "granian"), "--interface", "wsgi", "--no-ws",
        "--host", host, "--port", str(port), "--workers", workers, "--blocking-threads", "1",
        "--respawn-failed-workers", "--respawn-interval", "1", "--workers-kill-timeout", "10",
        "xiucheng.web.wsgi:application",
    ]  # fmt: skip
    return Child("web", _with_tls(command), env, grace=15)


def _with_tls(command: list[str]) -> list[str]:
    """A granian command that speaks HTTPS, if a certificate was given."""
    if pair := _tls():
        command[2:2] = [
            "--ssl-certificate",
            pair[0],
            "--ssl-keyfile",
            pair[1],
            "--ssl-protocol-min",
            "tls1.2",
        ]
    return command


def _wait_until_ready(address: str, children: list[Child]) -> None:
    """Raises: Failure, with what /readyz says is missing."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE  # we ask ourselves
    said, deadline = "", time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        for child in children:
            child.see_to()
            if child.falls >= HOPELESS:
                raise Failure(f"{child.name} 启动不了，记录的最后几行：\n{child.last_words()}")
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=5, context=trusting).close()
            return
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
        except OSError as error:
            said = str(error)
        time.sleep(LOOK_SECONDS)
    raise Failure(f"{READY_SECONDS} 秒内没有就绪：{said}\n记录在 {LOGS}。")


def _watch(children: list[Child], env: dict[str, str]) -> None:
    """Until Ctrl-C: what falls is put up again, the database first."""
    outside = bool(os.environ.get("DATABASE_URL"))
    while True:
        time.sleep(LOOK_SECONDS)
        if not outside:
            _see_to_database(children, env)
        for child in children:
            child.see_to()


def _see_to_database(children: list[Child], env: dict[str, str]) -> None:
    kept = cluster.load(VAR)
    if kept is None or cluster.running(kept):
        return
    say("! PostgreSQL 意外结束，重新启动")
    try:
        with cluster.alone(VAR):
            cluster.start(VAR, kept)
    except Failure as failure:
        say(f"! {failure}\n! 5 秒后再试")
        time.sleep(5)
        return
    if env["DATABASE_URL"] != kept.url:  # its old port was taken meanwhile
        env["DATABASE_URL"] = kept.url
        for child in children:
            child.stop()
            child.start()


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    main(body)
