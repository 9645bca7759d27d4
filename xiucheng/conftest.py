"""Fixtures of all rooms: the fixed cast, the catalogue, clients that speak to the doors.

The catalogue is loaded once a session; the city is built anew in each test that asks for its cast
(people/tests/city.py).
"""

import json as json_module
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.db import connection
from django.test import Client
from django.utils import timezone

from xiucheng.catalog import actions as catalog_actions
from xiucheng.catalog import snapshot
from xiucheng.catalog.models import Category
from xiucheng.kernel import stamps
from xiucheng.kernel.testing import let_tests_empty_ledgers
from xiucheng.people import queries
from xiucheng.people.models import ApiToken, Department, Person, Post
from xiucheng.people.tests import city as cast_of_the_city

# What a flush after a test of several transactions leaves in place: loaded once, changed by no test that
# commits.
REFERENCE = ("catalog_category", "catalog_standard", "catalog_term", "kernel_calendar", "kernel_working")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The catalogue, once for all tests; a flush empties the ledgers and keeps the catalogue."""
    with django_db_blocker.unblock():
        catalog_actions.load_catalog()
        let_tests_empty_ledgers()
        flush = connection.ops.sql_flush

        def sql_flush(style: Any, tables: list[str], **options: Any) -> list[str]:
            return flush(style, [table for table in tables if not table.startswith(REFERENCE)], **options)

        connection.ops.sql_flush = sql_flush  # type: ignore[method-assign, assignment]


@pytest.fixture
def categories(db: None) -> dict[str, Category]:
    """All categories by their key «standard/kind/code»."""
    return {row.key: row for row in Category.objects.all()}


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """The same hasher as a city's, with less work: slowness is its purpose, not ours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Argon2PasswordHasher, "time_cost", 1)
        patch.setattr(Argon2PasswordHasher, "memory_cost", 1024)
        patch.setattr(Argon2PasswordHasher, "parallelism", 1)
        yield


@pytest.fixture(scope="session")
def password_hash(quick_hashes: None) -> str:
    """Of the cast's password, hashed once."""
    return make_password(cast_of_the_city.PASSWORD)


@pytest.fixture
def city(db: None, password_hash: str) -> Iterator[cast_of_the_city.City]:
    """The small city with its places, departments and posts."""
    built = cast_of_the_city.build(password_hash)
    snapshot.changed()
    yield built
    stamps.forget()


@pytest.fixture
def cast(city: cast_of_the_city.City) -> dict[str, Post]:
    """The posts by name: 受理员_五华, 派遣员_大理 …"""
    return city.posts


@pytest.fixture
def departments(city: cast_of_the_city.City) -> dict[str, Department]:
    """The departments by short name: 市政, 排水, 区指挥中心 …"""
    return city.departments


class JsonClient(Client):
    """A client that goes through all middleware; `json=` sends a JSON body."""

    def post(  # type: ignore[override]
        self, path: str, data: Any = None, *args: Any, json: Any = None, **extra: Any
    ) -> Any:
        if json is None:
            return super().post(path, data, *args, **extra)
        body = json_module.dumps(json, ensure_ascii=False)
        return super().post(path, body, "application/json", **extra)


@pytest.fixture
def api(db: None) -> JsonClient:
    """Somebody without a token."""
    return JsonClient()


@pytest.fixture
def api_as(cast: dict[str, Post]) -> Callable[..., JsonClient]:
    """A client with the bearer token of a post of the cast; None: without one. scopes: of the token, default
    all.
    """

    def client(name: str | None, scopes: tuple[str, ...] = ("all",)) -> JsonClient:
        if name is None:
            return JsonClient()
        token = bearer_for(cast[name], scopes)
        return JsonClient(headers={"Authorization": f"Bearer {token}"})

    return client


def bearer_for(post: Post, scopes: tuple[str, ...] = ("all",)) -> str:
    """A token of this post, as POST /api/v1/tokens would give it."""
    token, at = secrets.token_urlsafe(32), timezone.now()
    ApiToken.objects.create(
        hash=queries.token_hash(token),
        person_id=post.person_id,
        post=post,
        scopes=list(scopes),
        created_at=at,
        expires_at=at + timedelta(hours=1),
        last_used=at,
    )
    return token


@pytest.fixture
def page_as(cast: dict[str, Post]) -> Callable[[str | None], JsonClient]:
    """A browser signed in as a post of the cast; None: not signed in."""

    def client(name: str | None) -> JsonClient:
        browser = JsonClient()
        if name is not None:
            browser.force_login(
                Person.objects.get(pk=cast[name].person_id), "django.contrib.auth.backends.ModelBackend"
            )
            session = browser.session
            session[queries.SESSION_POST] = cast[name].pk
            session.save()
        return browser

    return client
