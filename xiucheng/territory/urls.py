"""Addresses of the ground: included by web at the root."""

from django.urls import path

from xiucheng.territory import pages

app_name = "territory"
urlpatterns = [
    path("tiles/ground/<int:z>/<int:x>/<int:y>.mvt", pages.ground_tile, name="ground_tile"),
]
