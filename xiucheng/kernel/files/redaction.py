"""What is covered of a photo before the public sees it. Pure.

Boxes are whole numbers of a ten-thousandth of the upright picture's sides, from its top left corner: they mean the same
on a thumbnail and on the original. They come as JSON text: {"<photo>": [[x, y, width, height], …]}, where a photo is
named by its file or by its place in the list.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused

WHOLE = 10_000
SMALLEST = 20  # of a side: what a finger can still have meant
MOST = 40  # boxes a photo


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle to cover, ten-thousandths of the sides."""

    x: int
    y: int
    width: int
    height: int

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom on a picture of this size, rounded outwards.

        >>> Box(5000, 0, 2500, 3333).pixels(640, 480)
        (320, 0, 480, 160)
        """
        left, top = self.x * width // WHOLE, self.y * height // WHOLE
        right = -(-(self.x + self.width) * width // WHOLE)
        bottom = -(-(self.y + self.height) * height // WHOLE)
        return left, top, min(width, right), min(height, bottom)


def parse(text: str) -> dict[str, tuple[Box, ...]]:
    """The boxes of each photo. "" gives none. Raises: Refused 422.

    >>> parse('{"0": [[0, 0, 10000, 5000]]}')
    {'0': (Box(x=0, y=0, width=10000, height=5000),)}
    """
    if not text.strip():
        return {}
    try:
        given = json.loads(text)
    except ValueError as error:
        raise _wrong() from error
    if not isinstance(given, dict) or not all(isinstance(boxes, list) for boxes in given.values()):
        raise _wrong()
    if any(len(boxes) > MOST for boxes in given.values()):
        raise Refused(_("一张照片最多遮 %(most)d 处。") % {"most": MOST}, field="boxes", code="boxes")
    return {photo: tuple(_box(one) for one in boxes) for photo, boxes in given.items()}


def _box(given: Any) -> Box:
    numbers = given if isinstance(given, list) else []
    if len(numbers) != 4 or not all(type(number) is int for number in numbers):
        raise _wrong()
    box = Box(*numbers)
    inside = box.x >= 0 and box.y >= 0 and box.x + box.width <= WHOLE and box.y + box.height <= WHOLE
    if not inside or box.width < SMALLEST or box.height < SMALLEST:
        raise _wrong()
    return box


def _wrong() -> Refused:
    return Refused(_("遮盖的位置不对，请重新框选。"), field="boxes", code="boxes")
