"""Start and end the provider's process."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ROOT = Path(__file__).resolve().parents[4]


@contextlib.contextmanager
def running(folder: Path, homes: list[str], names: list[str]) -> Iterator[str]:
    """The issuer of a running provider that knows these people. homes: the addresses where our city may live."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    callbacks = " ".join(f"{home}/login/oidc/back" for home in homes)
    logouts = " ".join(f"{home}/login" for home in homes)
    env = {
        **os.environ,
        "PROVIDER_STORE": str(folder / "provider.sqlite3"),
        "PROVIDER_KEY": key.decode(),
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
    }
    command = [sys.executable, "-m", "xiucheng.people.tests.provider", str(port), callbacks, logouts, *names]
    with (folder / "provider.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    issuer = f"http://127.0.0.1:{port}/o"
    try:
        _wait(process, issuer, folder / "provider.log")
        yield issuer
    finally:
        process.terminate()
        process.wait(10)


def _wait(process: "subprocess.Popen[bytes]", issuer: str, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{issuer}/.well-known/openid-configuration", timeout=2).ok:
                return
        time.sleep(0.2)
    raise AssertionError(log.read_text()[-2000:])
