"""catalog_holes lists what an administrator still has to decide."""

import io
import json

import pytest
from django.core.management import call_command

from xiucheng.catalog import queries

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("catalog_holes", *words, stdout=out)
    return out.getvalue()


def test_every_hole_is_listed_with_who_gets_it_meanwhile(city):
    found = json.loads(run("--json", "--county", "530102"))
    assert len(found["duties"]) == len(queries.duty_holes(counties=["530102"])) > 0
    assert {hole["county"] for hole in found["duties"]} == {"530102"}
    assert all(hole["why"] for hole in found["duties"])
    assert found["limits"] == [category.key for category in queries.limit_holes()]
    last = run("--county", "530102").splitlines()[-1]
    assert last == f"权责清单缺 {len(found['duties'])} 条；{len(found['limits'])} 个类别没有处置时限。"
