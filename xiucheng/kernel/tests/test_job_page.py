"""The page of a job: its owner sees and stops it, a manager of jobs too, nobody else learns that it exists."""

import pytest
from django.utils import timezone

from xiucheng.kernel import jobs
from xiucheng.kernel.models import Job


@jobs.task
def slow(job_id):
    return {"url": "/exports", "words": "下载"}


@pytest.fixture
def job(cast):
    return jobs.track(slow, label="导出案件", total=200, owner=cast["受理员_五华"].person_id)


@pytest.mark.parametrize(
    ("who", "status"),
    [("受理员_五华", 200), ("系统管理员", 200), ("派遣员_五华", 404), (None, 302)],
)
@pytest.mark.parametrize("part", ["", "/state"])
def test_who_sees_a_job(page_as, job, who, status, part):
    assert page_as(who).get(f"/jobs/{job.pk}{part}").status_code == status


def test_a_stranger_cannot_stop_it(page_as, job):
    assert page_as("派遣员_五华").post(f"/jobs/{job.pk}/cancel").status_code == 404
    assert not Job.objects.get(pk=job.pk).cancel_requested


def test_its_owner_stops_it_once(page_as, job):
    browser = page_as("受理员_五华")
    assert browser.post(f"/jobs/{job.pk}/cancel").status_code == 302
    assert Job.objects.get(pk=job.pk).state == Job.State.CANCELLED
    again = browser.post(f"/jobs/{job.pk}/cancel")
    assert again.status_code == 409 and "已经结束" in again.content.decode()


def test_a_running_job_asks_for_itself_and_an_ended_one_does_not(page_as, job):
    browser = page_as("受理员_五华")
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, done=50)
    shown = browser.get(f"/jobs/{job.pk}/state").content.decode()
    assert "50 / 200" in shown and 'hx-trigger="every 1s"' in shown and 'value="50" max="200"' in shown
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.DONE, result={"url": "/exports", "words": "下载"}, ended_at=timezone.now()
    )
    shown = browser.get(f"/jobs/{job.pk}/state").content.decode()
    assert "hx-trigger" not in shown and 'href="/exports"' in shown


def test_a_failure_is_told_in_words(page_as, job):
    Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED, error="这份文件读不出来，请重新上传。")
    assert "请重新上传" in page_as("受理员_五华").get(f"/jobs/{job.pk}").content.decode()


def test_the_page_costs_a_constant_number_of_statements(page_as, job, django_assert_max_num_queries):
    browser = page_as("受理员_五华")
    browser.get(f"/jobs/{job.pk}/state")
    with django_assert_max_num_queries(4):
        assert browser.get(f"/jobs/{job.pk}/state").status_code == 200
