"""Drawn street scenes, one before and one after for each kind of problem, marked 示例. No photograph, no font.

The two characters are drawn by strokes, so that the pictures do not depend on what fonts a machine has.
"""

import io
from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw

SIZE = (640, 480)
SCENES = (
    "rubbish",
    "road",
    "cover",
    "lamp",
    "tree",
    "stall",
    "poster",
    "works",
    "bikes",
    "water",
    "sign",
    "cable",
)
VARIANTS = 3  # two before, one after: 36 pictures
# Which scene shows a category: the first prefix that fits.
SCENE_OF = (
    ("0101", "cover"), ("0102", "cover"), ("0100", "cover"), ("01037", "lamp"), ("0103", "lamp"),
    ("0106", "lamp"), ("01", "cover"), ("0201", "sign"), ("02", "sign"), ("03", "rubbish"), ("04", "tree"),
    ("05", "sign"), ("06013", "road"), ("0605", "road"), ("06016", "road"), ("0602", "water"),
    ("06030", "water"), ("06045", "tree"), ("06", "rubbish"), ("07", "poster"), ("08", "works"),
    ("09009", "bikes"), ("0901", "bikes"), ("09", "stall"), ("10002", "cable"), ("10", "road"),
)  # fmt: skip

# Strokes of 示 and 例 on a field of 100 × 100.
SHI = (
    ((25, 18), (75, 18)),
    ((12, 40), (88, 40)),
    ((50, 40), (50, 92), (40, 86)),
    ((32, 54), (18, 80)),
    ((68, 54), (84, 80)),
)
LI = (
    ((28, 8), (10, 48)), ((20, 32), (20, 92)), ((34, 20), (68, 20)), ((50, 20), (34, 56)), ((44, 40), (64, 40), (36, 90)),
    ((44, 56), (54, 64)), ((74, 24), (74, 72)), ((90, 10), (90, 90), (82, 84)),
)  # fmt: skip


def scene_of(code: str) -> str:
    """The scene for a category code.

    >>> scene_of("06010"), scene_of("01037"), scene_of("09001")
    ('rubbish', 'lamp', 'stall')
    """
    return next(scene for prefix, scene in SCENE_OF if code.startswith(prefix))


def pictures(seed: int) -> dict[tuple[str, int], bytes]:
    """(scene, variant) → JPEG. Variants 0 and 1 show the problem, 2 the same place in order."""
    return {
        (scene, variant): _jpeg(_draw(scene, variant, Random(f"{seed}/{scene}/{variant % 2}")))
        for scene in SCENES
        for variant in range(VARIANTS)
    }


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()


def _draw(scene: str, variant: int, rng: Random) -> Image.Image:
    image = Image.new("RGB", SIZE, (190 - 20 * (variant % 2), 214, 232))
    pen = ImageDraw.Draw(image)
    _street(pen, rng)
    if variant < 2:
        PROBLEMS[scene](pen, rng)
    elif scene in ("lamp", "tree", "sign", "cover"):
        PROBLEMS[scene](pen, rng, whole=True)
    _mark(pen)
    return image


def _street(pen: ImageDraw.ImageDraw, rng: Random) -> None:
    x = -10
    while x < SIZE[0]:
        width, top = rng.randrange(70, 130), rng.randrange(40, 150)
        tone = rng.randrange(150, 205)
        pen.rectangle((x, top, x + width, 260), fill=(tone, tone - 8, tone - 20), outline=(120, 116, 108))
        for wx in range(x + 12, x + width - 14, 24):
            for wy in range(top + 14, 235, 30):
                pen.rectangle((wx, wy, wx + 12, wy + 16), fill=(118, 146, 168))
        x += width
    pen.rectangle((0, 260, 640, 330), fill=(196, 190, 178))  # pavement
    for x in range(0, 640, 40):
        pen.line((x, 260, x - 24, 330), fill=(176, 170, 158))
    pen.rectangle((0, 330, 640, 338), fill=(150, 146, 138))  # kerb
    pen.rectangle((0, 338, 640, 480), fill=(92, 94, 98))  # road
    for x in range(10, 640, 120):
        pen.rectangle((x, 412, x + 60, 418), fill=(232, 232, 226))


def _rubbish(pen: ImageDraw.ImageDraw, rng: Random) -> None:
    for _n in range(26):
        x, y, r = rng.randrange(200, 430), rng.randrange(268, 330), rng.randrange(8, 24)
        pen.ellipse(
            (x - r, y - r, x + r, y + r * 0.7),
            fill=rng.choice(((60, 70, 60), (90, 110, 150), (180, 170, 140))),
        )


def _road(pen: ImageDraw.ImageDraw, rng: Random) -> None:
    x, y = rng.randrange(220, 380), rng.randrange(370, 420)
    pen.ellipse((x - 90, y - 30, x + 90, y + 34), fill=(58, 54, 50), outline=(40, 38, 36), width=4)
    for _n in range(8):
        pen.line((x, y, x + rng.randrange(-170, 170), y + rng.randrange(-60, 60)), fill=(52, 50, 48), width=3)


def _cover(pen: ImageDraw.ImageDraw, rng: Random, *, whole: bool = False) -> None:
    x, y = rng.randrange(250, 370), 392
    pen.ellipse((x - 70, y - 34, x + 70, y + 34), fill=(70, 70, 72), outline=(150, 150, 150), width=6)
    if whole:
        for d in range(-48, 49, 16):
            pen.line((x + d, y - 22, x + d, y + 22), fill=(110, 110, 112), width=4)
    else:
        pen.pieslice((x - 62, y - 28, x + 62, y + 28), 200, 330, fill=(14, 14, 16))


def _lamp(pen: ImageDraw.ImageDraw, rng: Random, *, whole: bool = False) -> None:
    lean = 0 if whole else rng.choice((-90, 90))
    pen.line((320, 330, 320 + lean, 70), fill=(70, 76, 84), width=9)
    pen.line((320 + lean, 70, 380 + lean, 78), fill=(70, 76, 84), width=7)
    pen.ellipse((366 + lean, 72, 410 + lean, 94), fill=(255, 236, 150) if whole else (80, 82, 84))


def _tree(pen: ImageDraw.ImageDraw, rng: Random, *, whole: bool = False) -> None:
    if whole:
        pen.rectangle((310, 190, 328, 330), fill=(104, 78, 54))
        pen.ellipse((240, 80, 400, 220), fill=(74, 132, 74))
    else:
        pen.line((300, 326, 520, 300), fill=(104, 78, 54), width=16)
        for _n in range(30):
            x, y = rng.randrange(430, 590), rng.randrange(250, 326)
            pen.ellipse((x - 14, y - 8, x + 14, y + 8), fill=(110, 130, 70))


def _stall(pen: ImageDraw.ImageDraw, rng: Random) -> None:
    for n in range(3):
        x = 130 + n * 140 + rng.randrange(-14, 14)
        pen.polygon(
            ((x, 236), (x + 110, 236), (x + 124, 262), (x - 14, 262)),
            fill=rng.choice(((190, 66, 60), (70, 110, 170))),
        )
        pen.rectangle((x + 4, 288, x + 106, 318), fill=(150, 116, 80))
        for k in range(6):
            pen.ellipse(
                (x + 8 + k * 16, 276, x + 22 + k * 16, 290),
                fill=rng.choice(((220, 150, 60), (200, 70, 60), (110, 160, 70))),
            )


def _poster(pen: ImageDraw.ImageDraw, rng: Random) -> None:
    pen.rectangle((290, 90, 350, 330), fill=(128, 126, 120))
    for _n in range(14):
        x, y = rng.randrange(286, 336), rng.randrange(100, 310)
        pen.rectangle(
            (x, y, x + 26, y + 18), fill=rng.choice(((240, 232, 120), (240, 240, 240), (236, 150, 150)))
        )


def _works(pen: ImageDraw.ImageDraw, rng: Random) -> None:
    for n in range(5):
        x = 90 + n * 96
        lean = rng.randrange(-26, 26)
        pen.polygon(
            ((x, 240), (x + 88, 240), (x + 88 + lean, 330), (x + lean, 330)),
            fill=(70, 130, 190),
            outline=(240, 240, 240),
        )
    pen.polygon(((250, 380), (330, 300), (430, 380)), fill=(170, 140, 100))


def _bikes(pen: ImageDraw.ImageDraw, rng: Random) -> None:
    for n in range(9):
        x, y = 90 + n * 54 + rng.randrange(-8, 8), 300 + rng.randrange(-10, 12)
        colour = rng.choice(((240, 190, 40), (60, 160, 90), (60, 120, 200)))
        pen.ellipse((x - 18, y - 14, x + 10, y + 14), outline=(40, 40, 40), width=3)
        pen.ellipse((x + 16, y - 14, x + 44, y + 14), outline=(40, 40, 40), width=3)
        pen.line((x - 4, y, x + 14, y - 22, x + 30, y), fill=colour, width=5)


def _water(pen: ImageDraw.ImageDraw, rng: Random) -> None:
    pen.ellipse((120, 350, 540, 450), fill=(104, 116, 96))
    for _n in range(30):
        x, y = rng.randrange(170, 500), rng.randrange(370, 430)
        pen.ellipse((x - 6, y - 3, x + 6, y + 3), fill=rng.choice(((220, 220, 210), (90, 130, 80))))


def _sign(pen: ImageDraw.ImageDraw, rng: Random, *, whole: bool = False) -> None:
    lean = 0 if whole else rng.choice((-70, 70))
    pen.line((320, 330, 320 + lean, 120), fill=(130, 134, 140), width=9)
    pen.ellipse((276 + lean, 60, 364 + lean, 148), fill=(40, 90, 180), outline=(240, 240, 240), width=6)
    if not whole:
        pen.line((290 + lean, 76, 350 + lean, 134), fill=(70, 66, 60), width=8)


def _cable(pen: ImageDraw.ImageDraw, rng: Random) -> None:
    for n in range(4):
        dip = rng.randrange(230, 330)
        pen.line(
            [(0, 80 + n * 12), (320, dip), (640, 90 + n * 10)], fill=(30, 30, 32), width=3, joint="curve"
        )


PROBLEMS: dict[str, Callable[..., None]] = {
    "rubbish": _rubbish, "road": _road, "cover": _cover, "lamp": _lamp, "tree": _tree, "stall": _stall,
    "poster": _poster, "works": _works, "bikes": _bikes, "water": _water, "sign": _sign, "cable": _cable,
}  # fmt: skip


def _mark(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((484, 404, 632, 472), fill=(255, 255, 255), outline=(200, 30, 30), width=3)
    for strokes, left in ((SHI, 492), (LI, 562)):
        for stroke in strokes:
            points = [(left + x * 0.6, 408 + y * 0.6) for x, y in stroke]
            pen.line(points, fill=(200, 30, 30), width=5, joint="curve")
