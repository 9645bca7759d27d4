"""Addresses of the administration of ground, catalogue, calendar, settings, words and files; included at the root."""

from django.urls import path

from xiucheng.web.admin import (
    calendar,
    catalog,
    catalog_lists,
    catalog_sheets,
    config,
    forms,
    ground,
    others,
    settings,
    texts,
    windows,
)

urlpatterns = [
    path("admin/settings", settings.index, name="admin_settings"),
    path("admin/settings/<str:key>", settings.edit, name="admin_setting"),
    path("admin/calendar", calendar.index, name="admin_calendar"),
    path("admin/calendar/windows", windows.index, name="admin_windows"),
    path("admin/config", config.index, name="admin_config"),
    path("admin/config/export.zip", config.export, name="admin_config_export"),
    path("admin/config/<int:pk>", config.upload, name="admin_config_upload"),
    path("admin/forms", forms.index, name="admin_forms"),
    path("admin/forms/<int:category>", forms.category, name="admin_forms_category"),
    path("admin/texts", texts.index, name="admin_texts"),
    path("admin/texts/<str:name>", texts.edit, name="admin_text"),
    path("admin/jobs", others.jobs, name="admin_jobs"),
    path("admin/numbering", others.numbering, name="admin_numbering"),
    path("admin/ground", ground.index, name="admin_ground"),
    path("admin/ground/versions/<int:pk>", ground.version, name="admin_ground_version"),
    path("admin/ground/versions/<int:pk>/difference.json", ground.difference, name="admin_ground_difference"),
    path("admin/catalog", catalog.index, name="admin_catalog"),
    path("admin/catalog/standards", catalog_lists.standards, name="admin_standards"),
    path("admin/catalog/duties", catalog_lists.duties, name="admin_duties"),
    path("admin/catalog/export/<str:what>.xlsx", catalog_sheets.export, name="admin_catalog_export"),
    path("admin/catalog/rulings/<int:pk>", catalog.ruling, name="admin_ruling"),
    path("admin/catalog/revisions/<int:pk>", catalog.revision, name="admin_revision"),
    path("admin/catalog/revisions/<int:pk>/load", catalog_sheets.load, name="admin_catalog_load"),
    path("admin/catalog/revisions/<int:pk>/drop/<int:item>", catalog.drop, name="admin_revision_drop"),
    path("admin/catalog/revisions/<int:pk>/<str:kind>", catalog.change, name="admin_change"),
]
