"""Addresses of this room's pages; web includes them at the root."""

from django.urls import path

from xiucheng.people import pages
from xiucheng.people.pages import crews, me, oidc
from xiucheng.people.pages.admin import departments, imports, people, posts

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
    path("crews", crews.crews, name="crews"),
    path("admin/people", people.people, name="admin_people"),
    path("admin/people/new", people.new_person, name="admin_new_person"),
    path("admin/people/<int:pk>", people.person, name="admin_person"),
    path("admin/people/<int:pk>/edit", people.edit, name="admin_edit_person"),
    path("admin/people/<int:pk>/active", people.active, name="admin_active"),
    path("admin/people/<int:pk>/password", people.password, name="admin_password"),
    path("admin/people/<int:pk>/unlock", people.unlock, name="admin_unlock"),
    path("admin/people/<int:pk>/sessions", people.end_sessions, name="admin_sessions"),
    path("admin/people/<int:pk>/totp", people.reset_totp, name="admin_totp"),
    path("admin/departments", departments.departments, name="admin_departments"),
    path("admin/departments/new", departments.new_department, name="admin_new_department"),
    path("admin/departments/<int:pk>", departments.department, name="admin_department"),
    path("admin/departments/<int:pk>/close", departments.close, name="admin_close_department"),
    path("admin/posts", posts.posts, name="admin_posts"),
    path("admin/posts/new", posts.new_post, name="admin_new_post"),
    path("admin/posts/<int:pk>", posts.one_post, name="admin_post"),
    path("admin/posts/<int:pk>/edit", posts.edit, name="admin_edit_post"),
    path("admin/posts/<int:pk>/end", posts.end, name="admin_end_post"),
    path("admin/posts/<int:pk>/hand-over", posts.hand_over, name="admin_hand_over"),
    path("admin/posts/<int:pk>/delegate", posts.delegate, name="admin_delegate"),
    path("admin/delegations/<int:pk>/end", posts.end_delegation, name="admin_end_delegation"),
    path("admin/import/<str:kind>", imports.start, name="admin_import"),
    path("admin/import/<str:kind>/template", imports.template, name="admin_import_template"),
    path("admin/imports/<uuid:pk>", imports.one_import, name="admin_one_import"),
    path("admin/imports/<uuid:pk>/progress", imports.progress, name="admin_import_progress"),
    path("admin/imports/<uuid:pk>/stop", imports.stop, name="admin_stop_import"),
    path("admin/imports/<uuid:pk>/confirm", imports.confirm, name="admin_confirm_import"),
    path("admin/imports/<uuid:pk>/give-up", imports.give_up, name="admin_give_up_import"),
    path("admin/imports/<uuid:pk>/passwords", imports.passwords, name="admin_import_passwords"),
]
