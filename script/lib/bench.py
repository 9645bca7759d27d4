"""script/bench: every bench on a cluster of its own that waits for the disk as a city's does."""

import os
import subprocess
import sys

from city import environment, manage
from place import PYTHON, ROOT, VAR, Failure, main, say, step

BENCH_HOME = VAR / "bench"


def body() -> int:
    known = {
        file.stem: file for file in sorted((ROOT / "bench").glob("*.py")) if not file.stem.startswith("_")
    }
    if unknown := [name for name in sys.argv[1:] if name not in known]:
        raise Failure(f"没有这个测速：{'、'.join(unknown)}。有的是：{'、'.join(known) or '（无）'}。")
    os.environ["XIUCHENG_DATA"] = str(BENCH_HOME / "data")
    os.environ["XIUCHENG_RATE_LIMITS"] = "off"
    os.environ["DEMO"] = "0"
    bad = 0
    with environment(BENCH_HOME) as env:
        if manage(env, "migrate", "--verbosity=0").returncode:
            raise Failure("数据库结构没有更新成功，原因见上面几行。")
        for name in sys.argv[1:] or known:
            with step(name):
                done = subprocess.run(
                    [str(PYTHON), str(known[name])], cwd=ROOT, env=env | {"PYTHONPATH": str(ROOT)}
                )
            if done.returncode:
                say(f"✗ {name}（{done.returncode}）")
                bad = 1
    return bad


if __name__ == "__main__":
    main(body)
