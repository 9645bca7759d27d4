"""Faces of the ground: vector tiles for the map, public and cacheable."""

import hashlib

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, HttpResponseNotModified
from django.utils import timezone
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xiucheng.territory import tiles

MVT = "application/vnd.mapbox-vector-tile"


@require_safe
def ground_tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """One tile: 200 with an ETag, 304 if the caller has it, 204 if it is empty, 404 if there is none."""
    if not tiles.exists(z, x, y):
        return HttpResponseNotFound(
            _("没有这个地图瓦片：级别为 0 到 %(zoom)d，行列号不得超出该级别的范围。")
            % {"zoom": tiles.MAX_ZOOM},
            content_type="text/plain; charset=utf-8",
        )
    body = tiles.tile(z, x, y, on=timezone.localdate())
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response: HttpResponse
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponseNotModified()
    elif body:
        response = HttpResponse(body, content_type=MVT)
    else:
        response = HttpResponse(status=204)
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={tiles.CACHE_SECONDS}"
    return response
