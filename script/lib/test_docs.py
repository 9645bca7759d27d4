"""The documentation builds as a site without a dead link, and its drawing of the house is the house."""

import os
import subprocess
from pathlib import Path

import house
from place import ROOT, VENV


def test_the_site_builds_and_every_page_stands_in_it(tmp_path: Path) -> None:
    words = [str(VENV / "bin" / "mkdocs"), "build", "--quiet", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    listed = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in pages:
        name = str(page.with_suffix(".md"))
        assert name in listed, f"{name} 不在 mkdocs.yml 的 nav 里"
        built = page.with_name("index.html") if page.name == "README.html" else page
        assert (tmp_path / built).exists(), page
    assert "fonts.googleapis" not in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_drawing_is_the_house() -> None:
    assert house.PICTURE.read_text(encoding="utf-8") == house.draw(house.floors())
    assert set(house.floors()) == set(house.WORDS), "a room without its words"
