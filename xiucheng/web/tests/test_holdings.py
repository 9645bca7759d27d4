"""What ending a post or a department means is told from the cases themselves."""

from datetime import timedelta

import pytest
from django.utils import timezone

from xiucheng.cases import actions as steps
from xiucheng.cases.models import Case
from xiucheng.cases.tests.loop import Loop
from xiucheng.kernel.errors import Refused
from xiucheng.people import actions, holdings
from xiucheng.people.models import Post


@pytest.fixture
def loop(cast, departments, categories, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return lambda: Loop(cast, departments)


def test_an_inspector_with_a_case_is_not_dropped(loop, cast):
    post = cast["监督员_五华_甲"]
    loop().accepted()(steps.request_verify, "受理员_五华", inspector=post)
    assert [held.words for held in holdings.of_post(post)] == ["1 件在办案件在他手上"]
    with pytest.raises(Refused) as refusal:
        actions.end_post(post=post, by=cast["安全管理员"])
    assert refusal.value.status == 409 and "1 件在办案件在他手上" in refusal.value.sentence
    later = timezone.localdate() + timedelta(days=7)
    assert actions.end_post(post=post, by=cast["安全管理员"], on=later).valid_to == later


def test_the_last_handler_of_a_department_with_open_legs_stays(loop, cast):
    department = cast["经办人_环卫"].department
    dispatched = loop().dispatched()
    case = Case.unscoped.get(number=dispatched.received.number)
    assert department.pk in case.departments
    with pytest.raises(Refused) as refusal:
        actions.end_post(post=cast["经办人_环卫"], by=cast["安全管理员"])
    assert "没有别的专业部门" in refusal.value.sentence
    hanging = actions.what_hangs(department)
    assert "1 件在办案件在它手上" in hanging and "还有 1 个岗位" in hanging
    Post.objects.create(
        person=cast["经办人_市政"].person,
        department=department,
        role="department",
        scope_codes=["530102"],
        valid_from=timezone.localdate(),
    )
    assert actions.end_post(post=cast["经办人_环卫"], by=cast["安全管理员"]).valid_to
