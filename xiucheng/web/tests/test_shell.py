"""The frame of every page: the choice of day and night, the rail, the overview of the administration, the keys."""

import re

import pytest
from django.urls import NoReverseMatch, reverse

from xiucheng.cases.pages.case import KEYS
from xiucheng.people import rules
from xiucheng.people.models import Role
from xiucheng.people.rules import RIGHTS
from xiucheng.web import context

pytestmark = pytest.mark.django_db


def html_tag(page: str) -> str:
    found = re.search(r"<html[^>]*>", page)
    assert found
    return found.group()


@pytest.mark.parametrize(
    ("chosen", "drawn"), [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"')]
)
def test_a_chosen_theme_is_in_the_page_before_anything_is_drawn(client, chosen, drawn):
    answer = client.post("/theme", {"theme": chosen, "next": "/help"})
    assert (answer.status_code, answer["Location"]) == (302, "/help")
    assert drawn in html_tag(client.get("/help").content.decode())


@pytest.mark.parametrize("word", ["", "neon", '"><script>'])
def test_any_other_word_leaves_it_to_the_system(client, word):
    client.post("/theme", {"theme": "dark", "next": "/"})
    client.post("/theme", {"theme": word, "next": "/"})
    assert "data-theme" not in html_tag(client.get("/help").content.decode())


def test_a_cookie_written_by_somebody_else_is_not_believed(client):
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in html_tag(client.get("/help").content.decode())


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "javascript:1", ""])
def test_the_way_back_stays_in_this_city(client, back):
    assert client.post("/theme", {"theme": "dark", "next": back})["Location"] == "/"


def test_the_theme_is_not_chosen_by_a_link(client):
    assert client.get("/theme").status_code == 405


@pytest.mark.parametrize(
    ("who", "status"),
    [("系统管理员", 200), ("安全管理员", 200), ("审计员", 200), ("受理员_五华", 403), ("派遣员_五华", 403)],
)
def test_who_sees_the_overview_of_the_administration(client, cast, who, status):
    client.force_login(cast[who].person)
    assert client.get("/admin").status_code == status


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get("/admin")["Location"].startswith("/login")


def test_the_overview_leads_only_where_the_post_may_go(client, cast):
    for who in ("系统管理员", "安全管理员", "审计员"):
        client.force_login(cast[who].person)
        page = client.get("/admin").content.decode()
        places = set(re.findall(r'class="card card-link" href="([^"]+)"', page))
        rights = cast[who].actor().rights
        assert places == {p.path for p in context.ADMIN if rights & set(p.rights) and context.stands(p.path)}
        assert places
        assert {client.get(path).status_code for path in places} == {200}


def test_the_rail_has_no_dead_entry_and_no_letter_twice():
    for entry in context.RAIL:
        try:
            reverse(entry.address)
        except NoReverseMatch:
            assert context.address_of(entry.address) is None
    for role in Role:
        rights = RIGHTS[rules.Role(role.value)]
        letters = [e.key for e in context.RAIL if e.key and (e.right is None or e.right in rights)]
        assert len(letters) == len(set(letters))


def test_no_letter_of_the_rail_is_that_of_a_step_of_the_same_role():
    for role in Role:
        rights = RIGHTS[rules.Role(role.value)]
        steps = {key for step, key in KEYS.items() if step.value in rights}
        rail = {e.key for e in context.RAIL if e.right in rights and e.key}
        if any(rights & set(place.rights) for place in context.ADMIN):
            rail |= {e.key for e in context.RAIL if e.address == "admin"}
        assert not steps & rail, role


def test_a_page_below_an_entry_lights_it_alone(client, cast):
    client.force_login(cast["受理员_五华"].person)
    page = client.get("/cases?q=x").content.decode()
    rail = page[page.index('class="rail"') : page.index('id="rail-all"')]
    assert re.findall(r'href="([^"]+)"[^>]*aria-current="page"', rail) == ["/cases"]


def test_every_letter_of_the_rail_is_in_the_help(client):
    page = client.get("/help").content.decode()
    for entry in context.RAIL:
        if entry.key and context.address_of(entry.address):
            assert f"<kbd>{entry.key.upper()}</kbd>" in page
