"""Draw the ground to look at it: `python -m demo.ground.picture OUT.png [lon lat span_m]`."""

import sys

from PIL import Image, ImageDraw

from demo.ground.making import Ground, build

SIZE = 1800
PAPER, LAND, LINE = "#f6f4ee", ("#efe9dc", "#e9efe0", "#e6ecef", "#f1e6e4", "#ece6f0"), "#b9b2a3"
STREETS = {
    "lane": ("#ffffff", 2),
    "collector": ("#ffffff", 4),
    "arterial": ("#f7d794", 6),
    "expressway": ("#f0a35e", 8),
}


def draw(ground: Ground, lon: float, lat: float, span_m: float) -> Image.Image:
    """A square picture `span_m` metres wide around a point."""
    image = Image.new("RGB", (SIZE, SIZE), PAPER)
    pen = ImageDraw.Draw(image)
    scale = SIZE / span_m

    def px(points):
        return [
            (SIZE / 2 + (x - lon) * 100_900 * scale, SIZE / 2 - (y - lat) * 110_800 * scale)
            for x, y in points
        ]

    def rings(shape):
        for part in shape.geoms:
            yield from (px(ring.coords) for ring in (part.exterior, *part.interiors))

    by_level = {n: [d for d in ground.divisions if len(d.code) == n] for n in (6, 9, 12)}
    for n, county in enumerate(by_level[6]):
        for part in county.shape.geoms:
            pen.polygon(px(part.exterior.coords), fill=LAND[n % len(LAND)])
    for grid in ground.unit_grids:
        for ring in rings(grid.shape):
            fill = {"A": "#f3d9c9", "B": "#f0e6cf"}.get(grid.grade, "#eeeeee")
            pen.polygon(ring, fill=fill)
            if span_m < 20_000:
                pen.line(ring, fill="#d8c8b0", width=1)
    zoom = max(0.3, min(1.6, 8000 / span_m))
    for kind, (colour, width) in STREETS.items():
        if kind == "lane" and span_m > 20_000:
            continue
        for street in ground.streets:
            if street.kind == kind:
                pen.line(px(street.shape.coords), fill=colour, width=max(1, round(width * zoom)))
    for level, colour, width in ((12, "#8d8a84", 1), (9, "#3f6fb0", 2), (6, "#a02b2b", 4)):
        for division in by_level[level]:
            for ring in rings(division.shape):
                pen.line(ring, fill=colour, width=width)
    return image


if __name__ == "__main__":
    spot = [float(text) for text in sys.argv[2:5]] or [102.74, 25.08, 100_000.0]
    draw(build(20261124), *spot).save(sys.argv[1])
