"""A city, a report that can be sent, and cases at every stage."""

import uuid

import pytest

from xiucheng.cases.tests.loop import SPOT, Loop


@pytest.fixture
def pothole(city):
    """A report as a phone sends it."""
    return {
        "uuid": str(uuid.uuid4()),
        "description": "路面有个大坑，电动车差点摔倒",
        "longitude": SPOT[0],
        "latitude": SPOT[1],
        "category": "matter/06001",
        "reporter_phone": "138 1234 5678",
    }


@pytest.fixture
def loop(cast, departments):
    """A report in 五华, to be walked on."""
    return Loop(cast, departments)
