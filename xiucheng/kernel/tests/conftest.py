"""Fixtures of the ground floor's tests."""

import pytest

from xiucheng.kernel.testing import let_tests_empty_ledgers


@pytest.fixture(scope="session", autouse=True)
def _ledgers_may_be_emptied():
    let_tests_empty_ledgers()
