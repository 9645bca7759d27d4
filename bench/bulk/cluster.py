"""The cities that benches ask for, made once in the cluster of DATABASE_URL: one to clone from, and its larger copies."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = "bench_city"


def cities(*sizes: int) -> list[str]:
    """Addresses of databases with so many cases each; what is there already is taken as it is."""
    if not exists(SOURCE):
        create(SOURCE)
        run(SOURCE, "manage.py", "prepare_city")
        run(SOURCE, "-m", "bench.bulk.city")
    return [city(size) for size in sizes]


def city(cases: int) -> str:
    name = f"bench_{cases}"
    if not exists(name):
        create(name, SOURCE)
        run(name, "-m", "bench.bulk", "--cases", str(cases), "--lean")
    return address(name)


def address(name: str) -> str:
    """DATABASE_URL with another database."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def exists(name: str) -> bool:
    with psycopg.connect(os.environ["DATABASE_URL"]) as own:
        return own.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def create(name: str, template: str = "template1") -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as own:
        own.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def run(name: str, *words: str) -> None:
    env = os.environ | {"DATABASE_URL": address(name), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, *words], cwd=ROOT, env=env, check=True, stdout=sys.stderr)
