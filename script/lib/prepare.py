"""The part of script/bootstrap after the system packages: Python packages, front end, translations."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from place import PYTHON, ROOT, VAR, VENV, Failure, digest, is_done, main, mark_done, run, say, step

NODE_LEAST = (20, 19)
REQUIREMENTS = ROOT / "requirements"
FRONTEND = ROOT / "frontend"


def prepare() -> int:
    wanted = ["base.txt"]
    if "--dev" in sys.argv or is_done("dev", "yes"):
        wanted.append("dev.txt")
        mark_done("dev", "yes")  # once a developer's clone, always one: else each start would shrink it
    if "--s3" in sys.argv or os.environ.get("XIUCHENG_FILES", "").startswith("s3:") or is_done("s3", "yes"):
        wanted.append("s3.txt")
        mark_done("s3", "yes")
    VAR.mkdir(exist_ok=True)
    with (VAR / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two starts at once: the second waits, then finds all done
        python_packages([REQUIREMENTS / name for name in wanted])
        frontend()
        translations()
    return 0


def python_packages(files: list[Path]) -> None:
    """The virtual environment holds exactly the locked versions, each checked against its hash."""
    state = digest(files, str(Path(sys.base_prefix)), sys.version)
    if is_done("venv", state) and PYTHON.exists():
        return
    with step("安装 Python 依赖 (Python packages)"):
        if not _works(PYTHON):
            shutil.rmtree(VENV, ignore_errors=True)
            run([sys.executable, "-m", "venv", VENV])
        arguments = [argument for file in files for argument in ("-r", str(file))]
        run([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", *arguments])
        mark_done("venv", state)


def _works(python: Path) -> bool:
    """Whether a virtual environment is whole; one from a killed start may not be."""
    if not python.exists():
        return False
    return subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0


def node_folder() -> Path:
    """The folder with node and npm: the system's if new enough, else a pinned package inside var/."""
    for name in ("node", "npm"):
        if not shutil.which(name):
            break
    else:
        found = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
        version = tuple(int(part) for part in found.removeprefix("v").split(".")[:2] if part.isdigit())
        if version >= NODE_LEAST:
            return Path(shutil.which("node") or "").parent
    lock, place = REQUIREMENTS / "node.txt", VAR / "node"
    state = digest([lock])
    if not is_done("node", state):
        with step("安装 Node (system's is missing or older than 20.19)"):
            if not _works(place / "bin" / "python"):
                shutil.rmtree(place, ignore_errors=True)
                run([sys.executable, "-m", "venv", place])
            run([place / "bin" / "python", "-m", "pip", "install", "-q", "--require-hashes", "-r", lock])
            mark_done("node", state)
    return place / "bin"


def frontend() -> None:
    """npm ci where the lock changed, vite build where a source changed."""
    lock = FRONTEND / "package-lock.json"
    if not lock.exists():
        raise Failure("缺少 frontend/package-lock.json：这份代码不完整，请重新 git clone。")
    skipped = {"node_modules", "dist"}
    sources = [
        path
        for top in sorted(FRONTEND.iterdir())
        if top.name not in skipped
        for path in ([top] if top.is_file() else top.rglob("*"))
        if path.is_file()
    ]
    built = digest(sources)
    manifest = FRONTEND / "dist" / "manifest.json"
    if is_done("frontend", built) and manifest.exists():
        return
    folder = node_folder()
    env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    installed = digest([lock, FRONTEND / "package.json"])
    if not (is_done("npm", installed) and (FRONTEND / "node_modules").is_dir()):
        with step("安装前端依赖 (npm ci)"):
            run(["npm", "ci", "--no-audit", "--no-fund"], cwd=FRONTEND, env=env)
            mark_done("npm", installed)
    with step("编译前端 (vite build)"):
        run(["npm", "run", "build"], cwd=FRONTEND, env=env)
        json.loads(manifest.read_text())  # a build without a manifest serves no page
        mark_done("frontend", built)


def translations() -> None:
    """A .mo beside each .po."""
    catalogues = sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))
    state = digest(catalogues)
    if is_done("locale", state) and all(po.with_suffix(".mo").exists() for po in catalogues):
        return
    for po in catalogues:
        run(["msgfmt", "--check-format", "-o", po.with_suffix(".mo"), po])
    mark_done("locale", state)
    if catalogues:
        say(f"  ✓ 界面译文 (translations) {len(catalogues)}")


if __name__ == "__main__":
    main(prepare)
