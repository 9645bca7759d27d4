from django.urls import URLPattern, URLResolver, path

from xiucheng.web import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
