"""Addresses of this room's pages; web includes them at the root."""

from django.urls import path

from xiucheng.people import pages

app_name = "people"
urlpatterns = [
    path("login", pages.login, name="login"),
    path("logout", pages.logout, name="logout"),
    path("post", pages.choose_post, name="choose_post"),
    path("password", pages.password, name="password"),
]
