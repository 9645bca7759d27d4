"""Addresses of GeoReport v2; each with `.json`, `.xml`, or neither (JSON)."""

from typing import Any

from django.urls import URLPattern, path, re_path

from xiucheng.web.open311 import views

FORMAT = r"(?:\.(?:json|xml))?$"


def address(pattern: str, view: Any) -> URLPattern:
    return re_path("^" + pattern + FORMAT, view)


urlpatterns = [
    address("discovery", views.discovery),
    address("services", views.service_list),
    address(r"services/(?P<code>[^/]+?)", views.service_definition),
    address("requests", views.requests),
    address(r"requests/(?P<number>[^/]+?)", views.one_request),
    address(r"tokens/(?P<token>[^/]+?)", views.token),
    path("photos/<uuid:file>", views.photo),
]
