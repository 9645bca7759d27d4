"""JSON by orjson: UTC moments with `Z`, everything else as it is."""

from typing import Any

import orjson
from django.http import HttpRequest
from ninja.renderers import BaseRenderer

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC | orjson.OPT_NON_STR_KEYS


class OrjsonRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, option=OPTIONS, default=str)
