"""Addresses of the ground: included by web at the root."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
