"""Addresses of this room's fragments."""

from django.urls import path

from xiucheng.insight import pages

urlpatterns = [path("intake/beside", pages.intake_beside, name="intake_beside")]
