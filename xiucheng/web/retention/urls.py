"""Addresses of the page of terms."""

from django.urls import path

from xiucheng.web.retention import pages

urlpatterns = [
    path("admin/retention", pages.overview, name="admin_retention"),
    path("admin/retention/sweep", pages.sweep, name="admin_retention_sweep"),
    path("admin/retention/holds/<int:pk>/end", pages.end_hold, name="admin_hold_end"),
]
