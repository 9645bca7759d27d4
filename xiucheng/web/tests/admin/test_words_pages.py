"""Texts in the city's own words, in each language; the pages of jobs and numbers."""

import pytest
from django.utils.translation import gettext, gettext_lazy, override

from xiucheng.kernel import texts
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import AdminChange, Job, TextOverride
from xiucheng.web.admin.texts import everything, key, of_reporter, of_staff

pytestmark = pytest.mark.django_db
ADMIN = "系统管理员"
SENTENCE = "您的上报未能受理：{note}"


@pytest.fixture(autouse=True)
def words_put_back():
    yield
    for words in texts._Memory.words.values():
        words.clear()
    texts._Memory.stamp = ""


PAGES = ("/admin/texts", f"/admin/texts/{key(SENTENCE)}", "/admin/jobs", "/admin/numbering")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("who", "status"), [(ADMIN, 200), ("安全管理员", 403), ("审计员", 403), ("领导_五华", 403), (None, 302)]
)
def test_who_may_open_it(page_as, who, status, page):
    assert page_as(who).get(page).status_code == status


def test_new_words_are_spoken_everywhere_and_the_shipped_ones_come_back(page_as):
    page, address, lazy = page_as(ADMIN), f"/admin/texts/{key(SENTENCE)}", gettext_lazy(SENTENCE)
    with override("en"):
        shipped = gettext(SENTENCE)
    form = {"text_zh_hans": "很抱歉，没能受理：{note}", "text_en": shipped}
    looked = page.post(address, form | {"preview": "1"})
    assert looked.status_code == 200 and "很抱歉，没能受理：（办理人员写的话）" in looked.content.decode()
    assert gettext(SENTENCE) == SENTENCE and not TextOverride.objects.exists()
    assert page.post(address, form).status_code == 302
    assert gettext(SENTENCE) == "很抱歉，没能受理：{note}" == str(lazy)
    with override("en"):
        assert gettext(SENTENCE) == shipped
    assert TextOverride.objects.get().language == "zh-hans"
    assert AdminChange.objects.get(step="text").after == "很抱歉，没能受理：{note}"
    assert "很抱歉" in page.get("/admin/texts?changed=1").content.decode()
    assert page.post(address, {"reset": "1"}).status_code == 302
    assert gettext(SENTENCE) == SENTENCE


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("没能受理", "缺少 {note}"),
        ("没能受理：{note} {phone}", "不能用 {phone}"),
        ("没能受理：{note}<script>", "尖括号里的标记"),
        ("", "文字不能为空"),
    ],
)
def test_gaps_and_tags_are_checked_and_what_was_typed_is_kept(page_as, text, why):
    form = {"text_zh_hans": text, "text_en": "Refused: {note}"}
    answer = page_as(ADMIN).post(f"/admin/texts/{key(SENTENCE)}", form)
    shown = answer.content.decode()
    assert answer.status_code == 422 and why in shown and "Refused: {note}" in shown
    assert not TextOverride.objects.exists(), "all languages or none"


def test_another_process_hears_of_it(page_as):
    """What stands in the table counts, whoever wrote it."""
    from django.utils import timezone

    from xiucheng.kernel import stamps

    TextOverride.objects.create(
        msgid=SENTENCE, language="zh-hans", text="另说：{note}", changed_at=timezone.now(), changed_by="x"
    )
    stamps.forget()
    page_as(ADMIN).get("/admin/jobs")
    assert gettext(SENTENCE) == "另说：{note}"


def test_every_message_of_the_groups_can_be_worded(page_as):
    assert len(of_reporter()) > 10 and len(of_staff()) > 20
    assert len({key(msgid) for msgid in everything()}) == len(set(everything()))
    with pytest.raises(Refused):
        texts.set_text(msgid=SENTENCE, language="fr", text="x {note}", by="x")
    assert page_as(ADMIN).get("/admin/texts/0000000000000000").status_code == 404


def test_jobs_are_listed_with_their_state_and_reason(page_as, cast):
    from django.utils import timezone

    now = timezone.now()
    Job.objects.create(label="导出案件", task="x", state="failed", error="磁盘满了", created_at=now)
    Job.objects.create(
        label="核对账本", task="x", state="done", created_at=now, owner_id=cast[ADMIN].person_id
    )
    page = page_as(ADMIN)
    shown = page.get("/admin/jobs").content.decode()
    assert "磁盘满了" in shown and cast[ADMIN].person.name in shown
    assert "核对账本" not in page.get("/admin/jobs?state=failed").content.decode()
