"""A value as the text of a cell, and back. Exact: what is read from a written cell is written as the same cell."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import shapely
from django.contrib.gis import geos
from django.contrib.postgres.fields import ArrayField
from django.db import models

from xiucheng.kernel.canonical import parse_stamp, stamp


class CellError(ValueError):
    """A text that is no value of the column; args[0] is a sentence's msgid word: number, flag, day, moment, json."""


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def join(parts: Sequence[str]) -> str:
    """The name of a row whose key has several columns. Names are only compared, never taken apart.

    >>> join(["GB/T 47678.5-2026", "matter", "01|001"])
    'GB/T 47678.5-2026|matter|01\\\\|001'
    """
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def write(value: Any) -> str:
    """A value as text; nothing is the empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list | tuple | dict):
        return dumps(value)
    return str(value)


def read(text: str, column: "models.Field[Any, Any]") -> Any:
    """The value of a cell of a plain column (no relation). Raises: CellError."""
    if text == "" and column.null:
        return None
    try:
        if isinstance(column, models.BooleanField):
            return _flag(text)
        if isinstance(column, models.JSONField | ArrayField):
            return json.loads(text)
        if isinstance(column, models.DateTimeField):
            return parse_stamp(text)
        if isinstance(column, models.DateField):
            return date.fromisoformat(text)
        if isinstance(column, models.IntegerField | models.FloatField | models.DecimalField):
            return column.to_python(text)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise CellError(_word(column)) from error
    except Exception as error:  # Django's ValidationError: not a number of this column
        raise CellError(_word(column)) from error
    return text


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _word(column: "models.Field[Any, Any]") -> str:
    if isinstance(column, models.BooleanField):
        return "flag"
    if isinstance(column, models.JSONField | ArrayField):
        return "json"
    if isinstance(column, models.DateTimeField):
        return "moment"
    return "day" if isinstance(column, models.DateField) else "number"


def write_shape(shape: "geos.GEOSGeometry | None") -> str:
    """A geometry as GeoJSON text with every digit of its coordinates; «null» for none."""
    if shape is None:
        return "null"
    return dumps(shapely.geometry.mapping(shapely.from_wkb(bytes(shape.wkb))))


def read_shape(value: Any, column: Any) -> "geos.GEOSGeometry | None":
    """The geometry of a GeoJSON member. Raises: CellError."""
    if value is None:
        return None
    try:
        found = shapely.geometry.shape(value)
        made = geos.GEOSGeometry(memoryview(found.wkb), srid=column.srid)
    except Exception as error:  # shapely and GEOS raise many kinds for what is no geometry
        raise CellError("shape") from error
    if column.geom_type not in ("GEOMETRY", made.geom_type.upper()):
        raise CellError("shape")
    return made
