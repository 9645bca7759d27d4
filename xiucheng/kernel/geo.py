"""Coordinates: the datums a Chinese city meets, and its projected plane. Pure.

Inside the house a position is longitude and latitude in degrees, CGCS2000 (EPSG:4490); a face converts
what it is given. WGS 84 is taken as the same: the two differ by centimetres, a phone by metres. GCJ-02
(高德, 腾讯) and BD-09 (百度) are offset by up to 700 m; nothing official is published about them, the
formulas are the ones everybody uses [M], and outside China's rectangle they change nothing. Axes:
longitude first, easting first, always.
"""

import math
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from threading import get_ident
from typing import NamedTuple

from pyproj import Geod, Transformer

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.marking import gettext_noop


class Crs(StrEnum):
    """What a pair of degrees may mean."""

    CGCS2000 = "CGCS2000"
    WGS84 = "WGS84"
    GCJ02 = "GCJ02"
    BD09 = "BD09"

    @classmethod
    def parse(cls, text: str) -> "Crs":
        """The system a text names, «gcj-02» and «EPSG:4490» too. Raises: Refused 422, field crs."""
        word = text.strip().upper().replace("-", "").replace("_", "").replace(" ", "")
        known = {"EPSG:4490": cls.CGCS2000, "EPSG:4326": cls.WGS84} | {crs.value: crs for crs in cls}
        if word not in known:
            raise _refused(gettext_noop("坐标系只能是 CGCS2000、WGS84、GCJ02 或 BD09，请改正。"), field="crs")
        return known[word]


class Plane(NamedTuple):
    """A point of the 3-degree Gauss–Krüger plane, metres, without zone prefix: false easting 500 km.

    Chinese surveyors write X for northing and Y for easting. epsg: the plane it lies in.
    """

    easting: float
    northing: float
    epsg: int


# Krasovsky 1940, as GCJ-02 uses it
_AXIS, _ECCENTRICITY2 = 6378245.0, 0.00669342162296594323
_BD_ANGLE = math.pi * 3000.0 / 180.0
_BD_LON, _BD_LAT = 0.0065, 0.0060
_CLOSE, _ROUNDS = 1e-11, 50  # degrees; a round gains three digits, so ten are plenty


def in_china(lon: float, lat: float) -> bool:
    """Whether a point lies in the rectangle in which GCJ-02 is offset; not a border."""
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def convert(lon: float, lat: float, source: Crs, target: Crs = Crs.CGCS2000) -> tuple[float, float]:
    """A point of one system in another, degrees; there and back again is the same to 1e-9 degree (0.1 mm)."""
    if source is target or {source, target} == {Crs.CGCS2000, Crs.WGS84} or not in_china(lon, lat):
        return lon, lat
    if source is Crs.BD09:
        lon, lat = _inverse(_gcj_to_bd, lon, lat)
    elif source is not Crs.GCJ02:
        lon, lat = _wgs_to_gcj(lon, lat)
    # now GCJ-02
    if target is Crs.BD09:
        return _gcj_to_bd(lon, lat)
    return (lon, lat) if target is Crs.GCJ02 else _inverse(_wgs_to_gcj, lon, lat)


def check_position(lon: float, lat: float) -> tuple[float, float]:
    """The pair, if it can be a position.

    Raises: Refused 422 (no number, not finite, out of range, or longitude and latitude swapped), field
    longitude or latitude.
    """
    for name, value in (("longitude", lon), ("latitude", lat)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise _refused(gettext_noop("经纬度必须是数字，例如经度 102.712、纬度 25.040。"), field=name)
    if abs(lon) <= 90 < abs(lat) <= 180 or (73 <= lat <= 135 and 3 <= lon <= 54):
        raise _refused(
            gettext_noop("经纬度可能写反了：经度（约 73–135）在前，纬度（约 3–54）在后，请核对。"),
            field="latitude",
        )
    if abs(lat) > 90:
        raise _refused(gettext_noop("纬度应在 -90 到 90 之间，请核对。"), field="latitude")
    if abs(lon) > 180:
        raise _refused(gettext_noop("经度应在 -180 到 180 之间，请核对。"), field="longitude")
    return float(lon), float(lat)


def to_e7(degrees: float) -> int:
    """Degrees as a whole number of 1e-7 degree (1 cm), as the ledger keeps them."""
    return round(degrees * 10_000_000)


def from_e7(number: int) -> float:
    """The degrees of a whole number of 1e-7 degree."""
    return number / 10_000_000


def central_meridian(lon: float) -> int:
    """The central meridian of the 3-degree zone of a longitude; at 103.5° the eastern one.

    >>> [central_meridian(lon) for lon in (100.49, 100.5, 102.712, 103.5)]
    [99, 102, 102, 105]
    """
    return 3 * math.floor((lon + 1.5) / 3)


def gauss_kruger(lon: float, lat: float, *, meridian: int | None = None) -> Plane:
    """A point (degrees, CGCS2000) in the 3-degree Gauss–Krüger plane.

    meridian: 75, 78 … 135; that of the point's own zone if not given. A neighbour's may be asked for, so that
    a city has one plane (Kunming 102, EPSG:4543). Raises: ValueError for any other meridian.
    """
    epsg = plane_epsg(central_meridian(lon) if meridian is None else meridian)
    easting, northing = _transformer(4490, epsg, get_ident()).transform(lon, lat, errcheck=True)
    return Plane(easting, northing, epsg)


def from_gauss_kruger(easting: float, northing: float, *, meridian: int) -> tuple[float, float]:
    """Longitude and latitude (degrees, CGCS2000) of a point of the plane of a meridian; metres, no zone
    prefix."""
    epsg = plane_epsg(meridian)
    lon, lat = _transformer(epsg, 4490, get_ident()).transform(easting, northing, errcheck=True)
    return lon, lat


def plane_epsg(meridian: int) -> int:
    """EPSG code of «CGCS2000 / 3-degree Gauss-Kruger CM …E»: standards/codes.md §6 [M].

    >>> plane_epsg(99), plane_epsg(102), plane_epsg(105)
    (4542, 4543, 4544)
    """
    if meridian not in range(75, 136, 3):
        raise ValueError(f"no 3-degree zone of China: {meridian}")
    return 4534 + (meridian - 75) // 3


@lru_cache(maxsize=256)
def _transformer(source: int, target: int, _thread: int) -> Transformer:
    """One per thread: PROJ's objects are not for sharing."""
    return Transformer.from_crs(source, target, always_xy=True)


def _wgs_to_gcj(lon: float, lat: float) -> tuple[float, float]:
    x, y = lon - 105.0, lat - 35.0
    east, north = _bend(x, y)
    phi = math.radians(lat)
    w2 = 1 - _ECCENTRICITY2 * math.sin(phi) ** 2
    metre_lat = _AXIS * (1 - _ECCENTRICITY2) / (w2 * math.sqrt(w2))
    metre_lon = _AXIS / math.sqrt(w2) * math.cos(phi)
    return lon + math.degrees(east / metre_lon), lat + math.degrees(north / metre_lat)


def _bend(x: float, y: float) -> tuple[float, float]:
    """The offset of GCJ-02 in metres, east and north; x, y: degrees from 105 E 35 N."""

    def wave(t: float, *parts: tuple[float, float]) -> float:
        return sum(size * math.sin(t * math.pi / length) for size, length in parts)

    shared = wave(6 * x, (20.0, 1)) + wave(2 * x, (20.0, 1))
    root = math.sqrt(abs(x))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += 2 / 3 * (shared + wave(x, (20.0, 1), (40.0, 3), (150.0, 12), (300.0, 30)))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += 2 / 3 * (shared + wave(y, (20.0, 1), (40.0, 3), (160.0, 12), (320.0, 30)))
    return east, north


def _gcj_to_bd(lon: float, lat: float) -> tuple[float, float]:
    radius = math.hypot(lon, lat) + 2e-5 * math.sin(lat * _BD_ANGLE)
    angle = math.atan2(lat, lon) + 3e-6 * math.cos(lon * _BD_ANGLE)
    return radius * math.cos(angle) + _BD_LON, radius * math.sin(angle) + _BD_LAT


def _inverse(
    forward: Callable[[float, float], tuple[float, float]], lon: float, lat: float
) -> tuple[float, float]:
    """The point that `forward` sends here: subtract the error until none is left."""
    guess_lon, guess_lat = lon, lat
    for _ in range(_ROUNDS):
        got_lon, got_lat = forward(guess_lon, guess_lat)
        error_lon, error_lat = got_lon - lon, got_lat - lat
        guess_lon, guess_lat = guess_lon - error_lon, guess_lat - error_lat
        if abs(error_lon) < _CLOSE and abs(error_lat) < _CLOSE:
            break
    return guess_lon, guess_lat


def _refused(sentence: str, *, field: str) -> Refused:
    from django.utils.translation import gettext  # only when there is something to say

    return Refused(gettext(sentence), field=field, code="bad_position")


_ELLIPSOID = Geod(ellps="GRS80")  # CGCS2000's differs from it by 0.1 mm in the semi-minor axis


def distance_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Metres between two positions on the ellipsoid (degrees, CGCS2000, EPSG:4490).

    >>> round(distance_m(102.712, 25.040, 102.713, 25.040))
    101
    """
    return float(_ELLIPSOID.inv(lon, lat, other_lon, other_lat)[2])
