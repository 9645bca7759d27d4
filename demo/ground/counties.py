"""What is real: codes and names of divisions, and county polygons turned from GCJ-02 to CGCS2000."""

import csv
import gzip
import json
from collections.abc import Iterator
from importlib.resources import files

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from demo.ground.spec import City
from xiucheng.kernel.geo import Crs, convert

DATA = files("xiucheng.territory") / "data"


def _rows(name: str) -> Iterator[dict[str, str]]:
    raw = (DATA / name).read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode()
    yield from csv.DictReader(text.splitlines())


def names(city: City) -> dict[str, str]:
    """Code → name of the province, the city, and all counties, townships and communities of the city."""
    wanted = set(city.counties)
    found = {city.prefecture[:2]: "云南省"}
    found |= {row["code"]: row["name"] for row in _rows("prefectures.csv") if row["code"] == city.prefecture}
    for name in ("counties.csv", "townships.csv", "communities.csv.gz"):
        found |= {row["code"]: row["name"] for row in _rows(name) if row["code"][:6] in wanted}
    return found


def polygons(city: City) -> dict[str, BaseGeometry]:
    """County code → polygon in degrees CGCS2000."""
    features = json.loads(gzip.decompress((DATA / "counties_mit.geojson.gz").read_bytes()))["features"]
    wanted = {f["properties"]["adcode"]: f["geometry"] for f in features}
    return {code: _converted(shapely.from_geojson(json.dumps(wanted[code]))) for code in city.counties}


def _converted(shape: BaseGeometry) -> BaseGeometry:
    def move(points: np.ndarray) -> np.ndarray:
        return np.array([convert(lon, lat, Crs.GCJ02, Crs.CGCS2000) for lon, lat in points])

    return shapely.make_valid(shapely.transform(shape, move))
