"""The scope in memory is the scope in the store: for every post, over many cases and messages of every shape."""

import random
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from xiucheng.cases.models import Case, Leg, Notice
from xiucheng.cases.queries.notices import HEAD, addressed
from xiucheng.cases.rules.notices import NoticeKind
from xiucheng.cases.tests.loop import Loop
from xiucheng.cases.words import Channel, LegStage
from xiucheng.live.rules import scope
from xiucheng.live.stream.reading import case_facts, notice_facts, viewer_of
from xiucheng.people.models import Post, Role

pytestmark = pytest.mark.django_db
PLACES = (
    ("530102", "530102001", "530102001001"),
    ("530102", "530102001", "530102001002"),
    ("530102", "530102002", "530102002001"),
    ("530102", None, None),
    ("530103", "530103001", "530103001001"),
    ("532901", "532901001", "532901001001"),
)
CODES = (
    "53",
    "5301",
    "5329",
    "530102",
    "530103",
    "532901",
    "530102001",
    "530103001",
    "530102001001",
    "532901001001",
)


@pytest.fixture
def template(cast: Any, departments: Any) -> Case:
    return Loop(cast, departments).row


def cases_of_every_shape(
    draw: random.Random, template: Case, cast: dict[str, Post], count: int = 150
) -> list[Case]:
    posts = list(cast.values())
    departments = sorted({post.department_id for post in posts if post.department_id})
    rows, legs = [], []
    for number in range(count):
        values = {
            f.attname: getattr(template, f.attname) for f in Case._meta.concrete_fields if not f.generated
        }
        county, township, community = draw.choice(PLACES)
        values |= {
            "id": uuid.UUID(int=draw.getrandbits(128), version=4),
            "number": f"T{number}",
            "county": county,
            "township": township,
            "community": community,
            "near": draw.sample(["530102", "530103", "532901"], draw.choice([0, 0, 0, 1, 2])),
            "assignee_id": draw.choice([None, None, draw.choice(posts).pk]),
            "reported_by_id": draw.choice([None, draw.choice(posts).person_id]),
            "channel": draw.choice([Channel.WEB, Channel.GRID_WORKER]).value,
        }
        case = Case(**values)
        rows.append(case)
        for index in range(draw.choice([0, 1, 2])):
            stage = draw.choice([LegStage.SENT, LegStage.HANDLED, LegStage.RETURNED])
            legs.append(
                Leg(
                    case=case,
                    index=index,
                    department_id=draw.choice(departments),
                    lead=not index,
                    state=stage,
                    sent_at=template.reported_at,
                )
            )
    Case.unscoped.bulk_create(rows)
    Leg.unscoped.bulk_create(legs)
    return rows


def posts_of_every_shape(draw: random.Random, cast: dict[str, Post]) -> list[Post]:
    """The cast, and as many whose scopes and roles were drawn; they need not be stored."""
    found = list(cast.values())
    for _ in range(40):
        post = draw.choice(list(cast.values()))
        drawn = Post.objects.get(pk=post.pk)
        drawn.scope_codes = draw.sample(CODES, draw.choice([0, 1, 2, 3]))
        drawn.role = draw.choice(list(Role)).value
        drawn.is_head = draw.choice([True, False])
        found.append(drawn)
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_post_sees_in_memory_what_it_sees_in_the_store(cast: Any, template: Case, seed: int) -> None:
    draw = random.Random(seed)
    rows = cases_of_every_shape(draw, template, cast)
    facts = case_facts({row.pk for row in rows})
    something = 0
    for post in posts_of_every_shape(draw, cast):
        stored = set(Case.seen_by(post).filter(pk__in=facts).values_list("pk", flat=True))
        viewer = viewer_of(post)
        assert {key for key, case in facts.items() if scope.sees(viewer, case)} == stored, post
        something += len(stored)
    assert something > 500


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_message_is_for_whom_the_store_says(cast: Any, template: Case, seed: int) -> None:
    draw = random.Random(seed)
    rows = cases_of_every_shape(draw, template, cast, 60)
    posts = list(cast.values())
    departments = sorted({post.department_id for post in posts if post.department_id})
    at = timezone.now() - timedelta(minutes=1)
    notices = []
    for _ in range(200):
        case, kind = (
            draw.choice(rows),
            draw.choice(["post", "department", "head", "role", "centre", "digest"]),
        )
        to: dict[str, Any] = {"case": case}
        if kind in ("post", "digest"):
            to["post_id"] = draw.choice(posts).pk
        if kind == "digest":
            to["case"] = None
        if kind in ("department", "head", "centre"):
            to["department_id"] = draw.choice(departments)
        if kind == "head":
            to["role"] = HEAD
        if kind in ("role", "centre"):
            to |= {"role": draw.choice(list(Role)).value, "county": case.county}
        notices.append(Notice(at=at, msgid="x", kind=NoticeKind.NEWS.value, **to))
    Notice.objects.all().delete()
    Notice.objects.bulk_create(notices)
    known = case_facts({row.pk for row in rows})
    columns = ("pk", "case", "post", "department", "role", "county", "kind", "msgid", "values")
    facts = [notice_facts(row, known) for row in Notice.objects.values_list(*columns)]
    something = 0
    for post in posts_of_every_shape(draw, cast):
        if "view_cases" not in post.rights:
            continue  # is never asked: neither the page nor the stream opens
        stored = {pk for own in addressed(post) for pk in own.values_list("pk", flat=True)}
        viewer = viewer_of(post)
        assert {notice.id for notice in facts if scope.addressed(viewer, notice)} == stored, post
        something += len(stored)
    assert something > 100
