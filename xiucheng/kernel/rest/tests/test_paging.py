"""Cursors and entity tags: only what we gave out is taken back."""

import pytest
from django.test import RequestFactory

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.rest import etag, paging


def test_a_cursor_comes_back_as_it_went():
    assert paging.decode("events", paging.encode("events", [7, "x"])) == [7, "x"]
    assert paging.decode("events", None) is None


@pytest.mark.parametrize(
    "cursor",
    ["x", "a:b:c", paging.encode("other", 7), paging.encode("events", 7) + "x"],
    ids=["nonsense", "unsigned", "of another list", "altered"],
)
def test_an_altered_or_foreign_cursor_is_refused(cursor):
    with pytest.raises(Refused) as caught:
        paging.decode("events", cursor)
    assert (caught.value.status, caught.value.field) == (422, "after")


@pytest.mark.parametrize(("header", "version"), [(None, None), ("*", None), ('"7"', 7), ('W/"12"', 12)])
def test_the_version_a_client_saw(header, version):
    request = RequestFactory().post("/", headers={"If-Match": header} if header else {})
    assert etag.expected(request) == version


@pytest.mark.parametrize("header", ["7", '"x"', '"7", "8"', '""'])
def test_what_we_never_gave_out_cannot_match(header):
    with pytest.raises(Refused) as caught:
        etag.expected(RequestFactory().post("/", headers={"If-Match": header}))
    assert caught.value.status == 412
