"""Entity tags: a case's version is the number of its last event; nobody overwrites what he has not seen."""

import re

from django.http import HttpRequest
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused

TAG = re.compile(r'^(?:W/)?"(\d{1,12})"$')


def etag(version: int) -> str:
    """The header's value for a version.

    >>> etag(7)
    '"7"'
    """
    return f'"{version}"'


def expected(request: HttpRequest) -> int | None:
    """The version named in `If-Match`; None when it is missing or `*`, that is: whatever is there.

    Raises: Refused 412, if the header is not one of our tags: it cannot match.
    """
    value = request.headers.get("If-Match", "").strip()
    if value in ("", "*"):
        return None
    found = TAG.match(value)
    if found is None:
        raise stale()
    return int(found[1])


def stale() -> Refused:
    """The refusal for a version that is no longer the last one."""
    sentence = _("这个案件在您查看之后已被别人处理过。请刷新，看清最新情况后再决定是否继续。")
    return Refused(sentence, status=412, code="stale")
