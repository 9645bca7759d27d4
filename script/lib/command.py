"""script/manage: Django's command line with the clone's own environment and database."""

import signal
import subprocess
import sys

from city import environment
from place import PYTHON, ROOT, main


def body() -> int:
    with environment() as env:
        process = subprocess.Popen([str(PYTHON), str(ROOT / "manage.py"), *sys.argv[1:]], env=env)
        signal.signal(
            signal.SIGINT, signal.SIG_IGN
        )  # the terminal has told the command as well; we wait for it
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        return process.wait()


if __name__ == "__main__":
    main(body)
