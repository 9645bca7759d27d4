"""Addresses of this room's pages; web includes them at the root."""

from django.urls import path

from xiucheng.people import pages
from xiucheng.people.pages import me, oidc

app_name = "people"
urlpatterns = [
    path("login", pages.login, name="login"),
    path("login/code", pages.code, name="code"),
    path("login/oidc", oidc.start, name="oidc"),
    path("login/oidc/back", oidc.back, name="oidc_back"),
    path("logout", pages.logout, name="logout"),
    path("post", pages.choose_post, name="choose_post"),
    path("password", pages.password, name="password"),
    path("me", me.me, name="me"),
    path("me/sessions", me.sessions, name="sessions"),
    path("me/sessions/end", me.end_session, name="end_session"),
    path("me/totp", me.totp, name="totp"),
    path("me/delegation", me.delegation, name="delegation"),
    path("me/delegation/<int:pk>/end", me.end_delegation, name="end_delegation"),
]
