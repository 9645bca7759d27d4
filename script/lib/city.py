"""The environment in which manage.py, the worker and the web server run."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cluster
from place import PYTHON, ROOT, VAR, data_folder

sys.path.insert(0, str(ROOT))
from xiucheng import secret_files  # after the line above; standard library alone


@contextlib.contextmanager
def environment(home: Path = VAR, *, throwaway: bool = False) -> Iterator[dict[str, str]]:
    """The environment for Django, with a running database for the time of the block.

    DATABASE_URL in our own environment means an outside database: then no cluster is touched.
    """
    data = data_folder()
    secret_files.ensure(data)
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "xiucheng.settings",
        "XIUCHENG_DATA": str(data),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "MALLOC_ARENA_MAX": "2",  # glibc's arena a thread would double a worker's memory
    }
    if env.get("DATABASE_URL"):
        yield env
    else:
        with cluster.used(home, throwaway=throwaway) as url:
            yield {**env, "DATABASE_URL": url}


def manage(env: dict[str, str], *words: str, stdout: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run manage.py; its output goes where ours goes unless `stdout` says otherwise."""
    return subprocess.run(
        [str(PYTHON), str(ROOT / "manage.py"), *words], cwd=ROOT, env=env, stdout=stdout, text=True
    )
