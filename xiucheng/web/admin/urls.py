"""Addresses of the administration of ground, catalogue, calendar, settings, words and files; included at the root."""

from django.urls import path

from xiucheng.web.admin import calendar, settings, windows

urlpatterns = [
    path("admin/settings", settings.index, name="admin_settings"),
    path("admin/settings/<str:key>", settings.edit, name="admin_setting"),
    path("admin/calendar", calendar.index, name="admin_calendar"),
    path("admin/calendar/windows", windows.index, name="admin_windows"),
]
