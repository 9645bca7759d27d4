"""Addresses of the auditor's pages."""

from django.urls import path

from xiucheng.web.audit import pages

urlpatterns = [
    path("admin/audit", pages.changes, name="admin_audit"),
    path("admin/audit/verify", pages.verify, name="admin_audit_verify"),
    path("admin/audit/<int:pk>", pages.change, name="admin_audit_change"),
    path("admin/access", pages.looks, name="admin_access"),
]
