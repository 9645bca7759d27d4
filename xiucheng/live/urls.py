"""Addresses of this room's pages."""

from django.urls import path, re_path

from xiucheng.live import pages

urlpatterns = [
    path("admin/webhooks", pages.index, name="admin_webhooks"),
    path("admin/webhooks/new", pages.new, name="admin_webhook_new"),
    path("admin/webhooks/<uuid:key>", pages.webhook, name="admin_webhook"),
    re_path(
        r"^admin/webhooks/(?P<key>[0-9a-f-]{36})/(?P<what>test|resume|delete)$",
        pages.act,
        name="admin_webhook_act",
    ),
    path(
        "admin/webhooks/<uuid:key>/deliveries/<uuid:delivery>/again", pages.again, name="admin_webhook_again"
    ),
]
