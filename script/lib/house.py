"""The house as a picture: its floors are read from .importlinter, so the drawing cannot lie. Standard library alone.

python script/lib/house.py    writes docs/pictures/house.svg
"""

import configparser
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURE = ROOT / "docs" / "pictures" / "house.svg"
WORDS = {
    "web": "页面、接口、导航",
    "insight": "疑似重复、类别建议",
    "live": "即时消息",
    "cases": "案件：上报到结案",
    "catalog": "类别、标准、权责",
    "people": "人员、部门、岗位",
    "territory": "区划、网格、地址",
    "kernel": "时限、编号、记录链、文件、任务",
}
WIDTH, FLOOR, ROOF, GAP = 560, 46, 64, 6


def floors() -> list[str]:
    """The rooms, the highest first."""
    config = configparser.ConfigParser(allow_no_value=True)
    config.read(ROOT / ".importlinter", encoding="utf-8")
    layers = config["importlinter:contract:floors"]["layers"].split()
    return [name.removeprefix("xiucheng.") for name in layers]


def draw(rooms: list[str]) -> str:
    """The house as SVG, with a stitched outline."""
    height = ROOF + len(rooms) * (FLOOR + GAP) + 20
    roof = f"M20 {ROOF} L{WIDTH // 2} 10 L{WIDTH - 20} {ROOF} Z"
    stitch = 'fill="none" stroke="#24507e" stroke-width="2" stroke-dasharray="7 5"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="system-ui, sans-serif"><title>绣城的各层：上层用下层，下层不知道上层</title>',
        f'<path d="{roof}" {stitch}/>',
        f'<text x="{WIDTH // 2}" y="{ROOF - 16}" text-anchor="middle" font-size="18" fill="#24507e">绣</text>',
    ]
    for place, room in enumerate(rooms):
        top = ROOF + GAP + place * (FLOOR + GAP)
        parts += [
            f'<rect x="40" y="{top}" width="{WIDTH - 80}" height="{FLOOR}" rx="4" {stitch}/>',
            f'<text x="60" y="{top + 29}" font-size="17" font-weight="600" fill="#24507e">{escape(room)}</text>',
            f'<text x="180" y="{top + 29}" font-size="15" fill="#5b6675">{escape(WORDS.get(room, ""))}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(draw(floors()), encoding="utf-8")
    print(PICTURE.relative_to(ROOT))
