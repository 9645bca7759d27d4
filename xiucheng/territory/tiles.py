"""Vector tiles of the ground. EPSG:4490 is put into web mercator (EPSG:3857) here, only for drawing.

CGCS2000 and WGS 84 differ by less than a decimetre, so the map's tiles lie true on any WGS 84 base map.
"""

from datetime import date

from django.db import connection

MAX_ZOOM = 18
"""Deeper tiles are refused: the map overzooms, 1/4096 of a tile is then below 4 cm."""
CACHE_SECONDS = 3600

# Each layer carries `synthetic` (for 示例数据) and appears from the zoom where it is legible.
LAYERS = """
WITH bounds AS MATERIALIZED (
  SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS tile,
         ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096), 4490) AS area
), city AS MATERIALIZED (
  SELECT code FROM territory_division WHERE level = 6 AND active
), divisions AS MATERIALIZED (
  SELECT d.level, d.code, d.name, d.grade, d.synthetic,
         ST_AsMVTGeom(ST_Transform(d.shape, 3857), bounds.tile, 4096, 64) AS geom
    FROM territory_division d, bounds
   WHERE d.shape && bounds.area AND left(d.code, 6) IN (SELECT code FROM city)
     AND (d.level = 6 OR (d.level = 9 AND %(z)s >= 9) OR (d.level = 12 AND %(z)s >= 12))
), marks AS (  -- one point a division, in one tile only: a name is written once
  SELECT level, name, synthetic, ST_Transform(ST_PointOnSurface(shape), 3857) AS spot
    FROM territory_division, bounds
   WHERE shape && bounds.area AND left(code, 6) IN (SELECT code FROM city)
     AND (level = 6 OR (level = 9 AND %(z)s >= 9) OR (level = 12 AND %(z)s >= 12))
), names AS (
  SELECT level, name, synthetic, ST_AsMVTGeom(spot, bounds.tile, 4096, 0) AS geom FROM marks, bounds
   WHERE ST_X(spot) >= ST_XMin(bounds.tile) AND ST_X(spot) < ST_XMax(bounds.tile)
     AND ST_Y(spot) >= ST_YMin(bounds.tile) AND ST_Y(spot) < ST_YMax(bounds.tile)
), streets AS (
  SELECT s.name, s.kind, s.width_m, s.synthetic,
         ST_AsMVTGeom(ST_Transform(s.shape, 3857), bounds.tile, 4096, 64) AS geom
    FROM territory_street s, bounds
   WHERE s.shape && bounds.area
     AND ((s.kind = 'expressway' AND %(z)s >= 9) OR (s.kind = 'arterial' AND %(z)s >= 10)
          OR (s.kind = 'collector' AND %(z)s >= 12) OR (s.kind = 'lane' AND %(z)s >= 14))
), grids AS (
  SELECT g.code, g.grade, g.synthetic,
         ST_AsMVTGeom(ST_Transform(g.shape, 3857), bounds.tile, 4096, 64) AS geom
    FROM territory_unitgrid g, bounds
   WHERE %(z)s >= 14 AND g.shape && bounds.area
     AND g.valid_from <= %(on)s AND (g.valid_to IS NULL OR g.valid_to > %(on)s)
     AND left(g.code, 6) IN (SELECT code FROM city)
)
SELECT coalesce((SELECT ST_AsMVT(t, 'counties', 4096, 'geom') FROM (
                   SELECT code, name, synthetic, geom FROM divisions WHERE level = 6 ORDER BY code) t), '')
    || coalesce((SELECT ST_AsMVT(t, 'townships', 4096, 'geom') FROM (
                   SELECT code, name, synthetic, geom FROM divisions WHERE level = 9 ORDER BY code) t), '')
    || coalesce((SELECT ST_AsMVT(t, 'communities', 4096, 'geom') FROM (
                   SELECT code, name, grade, synthetic, geom
                     FROM divisions WHERE level = 12 ORDER BY code) t), '')
    || coalesce((SELECT ST_AsMVT(t, 'streets', 4096, 'geom') FROM (
                   SELECT * FROM streets ORDER BY kind, name) t), '')
    || coalesce((SELECT ST_AsMVT(t, 'grids', 4096, 'geom') FROM (
                   SELECT * FROM grids ORDER BY code) t), '')
    || coalesce((SELECT ST_AsMVT(t, 'names', 4096, 'geom') FROM (
                   SELECT level, name, synthetic, geom FROM names ORDER BY level, name) t), '')
"""


def exists(z: int, x: int, y: int) -> bool:
    """Whether z/x/y is a tile that is served: within the square of its zoom and not deeper than MAX_ZOOM."""
    return 0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z


def tile(z: int, x: int, y: int, *, on: date) -> bytes:
    """One Mapbox vector tile with the layers counties, townships, communities, streets, grids and names
    (a point a division, with its level); b"" if empty.

    on: the day whose grids are drawn.
    """
    with connection.cursor() as cursor:
        cursor.execute(LAYERS, {"z": z, "x": x, "y": y, "on": on})
        return bytes(cursor.fetchone()[0])
