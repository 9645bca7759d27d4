"""The v1 API, put together: which room's router stands at which address, and who may pass.

A new face is one line in `ROUTERS`; a new step of a case is one line in `cases.actions.STEPS`.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Router

from xiucheng.cases.api import notices
from xiucheng.cases.api import router as cases
from xiucheng.catalog.api import router as catalog
from xiucheng.kernel.rest import problem
from xiucheng.kernel.rest.body import QueryParser
from xiucheng.people.api import router as people
from xiucheng.territory.api import router as territory
from xiucheng.web.api import document, reports, tokens
from xiucheng.web.api.doors import Bearer, Open, Public
from xiucheng.web.api.renderer import OrjsonRenderer

TITLE = "绣城 Xiucheng API"
DESCRIPTION = (
    "城市运行管理服务平台的接口。错误一律是 application/problem+json，detail 是可以直接给人看的中文。"
    "时刻一律是 UTC（以 Z 结尾）；坐标默认 CGCS2000。用法见 docs/developers/api.md。"
)


ROUTERS: tuple[tuple[Router, Callable[[HttpRequest], Any]], ...] = (
    (reports.router, Open()),
    (territory, Public()),
    (catalog, Public()),
    (tokens.router, Open()),
    (people, Bearer()),
    (cases, Bearer()),
    (notices, Bearer()),
)


class Api(NinjaAPI):
    """Ninja with our errors and the completed document."""

    def on_exception(self, request: HttpRequest, exc: Any) -> HttpResponse:
        return problem.answer(request, exc)

    def get_openapi_schema(self, **options: Any) -> Any:
        return self.document

    @cached_property
    def document(self) -> dict[str, Any]:
        return document.complete(super().get_openapi_schema(path_prefix="/api/v1/"))


def build() -> Api:
    """The API with every room's addresses."""
    api = Api(
        title=TITLE,
        version="1.0.0",
        description=DESCRIPTION,
        docs_url=None,  # ninja's page loads scripts from elsewhere; the document itself is enough
        openapi_url="/openapi.json",
        renderer=OrjsonRenderer(),
        parser=QueryParser(),
        urls_namespace="v1",
    )
    for router, door in ROUTERS:
        api.add_router("", router, auth=door)
    return api


api = build()
