"""Addresses of this room's staff pages. The public ones stand in `web.urls`, behind their rate limits."""

from django.urls import include, path

from xiucheng.cases.pages import (
    bulk,
    callbacks,
    case,
    crew,
    desk,
    intake,
    map,
    messages,
    notifications,
    steps,
    watch,
)

urlpatterns = [
    path("desk", desk.desk, name="desk"),
    path("desk/tabs", desk.tabs, name="desk_tabs"),
    path("desk/more", desk.more, name="desk_more"),
    path("desk/bulk", bulk.bulk, name="bulk"),
    path("crew", crew.crew, name="crew"),
    path("watch", watch.watch, name="watch"),
    path("desk/nothing", steps.nothing, name="nothing"),
    path("messages", messages.messages, name="messages"),
    path("messages/read", messages.read_all, name="messages_read"),
    path("me/notifications", notifications.notifications, name="notifications"),
    path("intake/new", intake.intake, name="intake"),
    path("intake/places", intake.intake_places, name="intake_places"),
    path("intake/caller", intake.intake_caller, name="intake_caller"),
    path("callbacks", callbacks.queue, name="callbacks"),
    path("callbacks/<str:number>", callbacks.call, name="callback"),
    path("callbacks/<str:number>/dial", callbacks.dial, name="callback_dial"),
    path("callbacks/<str:number>/missed", callbacks.missed, name="callback_missed"),
    path("", include("xiucheng.cases.urls_lists")),
    path("map", map.page, name="map"),
    path("map/list", map.listed, name="map_list"),
    path("tiles/cases/<int:z>/<int:x>/<int:y>.mvt", map.tile, name="case_tile"),
    path("cases/<str:number>", case.case, name="case"),
    path("cases/<str:number>/panel", case.panel, name="case_panel"),
    path("cases/<str:number>/photos/<uuid:file>", case.photo, name="case_photo"),
    path("cases/<str:number>/<slug:name>", steps.step, name="case_step"),
]
