"""What an Open311 client sends, as values. A fault is a Refused with the field's name."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused

DESCRIPTION_MAX = 4000  # characters: GeoReport v2, POST Service Request
WINDOW = timedelta(days=90)  # GeoReport v2, GET Service Requests
REQUESTS_MAX = 1000
STATUSES = ("open", "closed")
CODE = re.compile(r"(component|matter)-([0-9]{2,11})")
ATTRIBUTE = re.compile(r"attribute\[([^\[\]]+)\](?:\[\])?")  # the second pair: one of several values


def category_of(service_code: str) -> str:
    """A service code as a category: `matter-01001` for «matter/01001», because «/» cannot stand in a path.

    >>> category_of("matter-01001")
    'matter/01001'

    Raises: Refused 404, as the standard asks.
    """
    found = CODE.fullmatch(service_code)
    if found is None:
        sentence = _("没有这个 service_code，请从 services 列表中选择，例如 matter-01001。")
        raise Refused(sentence, status=404, field="service_code", code="unknown_service")
    return f"{found[1]}/{found[2]}"


@dataclass(frozen=True, slots=True)
class Query:
    """What GET requests asks for. start, end: aware moments, at most 90 days apart."""

    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    statuses: tuple[str, ...]
    start: datetime
    end: datetime
    jurisdiction: str = ""


def query(sent: Mapping[str, str], *, at: datetime) -> Query:
    """The filters of GET requests.

    Without dates: the last 90 days. A longer span is cut to its newest 90 days. With service_request_id the
    standard ignores every other filter.
    """
    for value in sent.values():
        refuse_nul(value)
    numbers = words(sent.get("service_request_id", ""))
    if numbers:
        return Query(numbers, (), (), datetime.min.replace(tzinfo=UTC), at)
    start, end = moment(sent, "start_date"), moment(sent, "end_date")
    if end is None:
        end = start + WINDOW if start else at
    if start is None or end - start > WINDOW:
        start = end - WINDOW
    if start > end:
        raise Refused(_("start_date 应早于 end_date，请核对。"), field="start_date", code="bad_range")
    statuses = words(sent.get("status", ""))
    if unknown := [word for word in statuses if word not in STATUSES]:
        sentence = _("status 只能是 open 或 closed，不认识：%(word)s。") % {"word": unknown[0][:20]}
        raise Refused(sentence, field="status", code="bad_status")
    categories = tuple(category_of(code) for code in words(sent.get("service_code", "")))
    return Query((), categories, statuses, start, end)


def words(text: str) -> tuple[str, ...]:
    """A comma separated list, without blanks."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def moment(sent: Mapping[str, str], name: str) -> datetime | None:
    """A W3C date and time with its zone; None if it is not given.

    A `+` that a client forgot to escape arrives as a space.
    """
    text = sent.get(name, "").strip()
    if not text:
        return None
    try:
        found = parse_datetime(text.replace(" ", "+") if "T" in text else text)
        if found is not None and found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    sentence = _("%(name)s 应是带时区的时刻，例如 2026-11-24T08:30:00+08:00（+ 要写作 %%2B）。") % {
        "name": name
    }
    raise Refused(sentence, field=name, code="bad_date")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request is: a point (degrees, WGS 84), or words, or a division's code."""

    longitude: float | None
    latitude: float | None
    address: str
    address_id: str


def place(sent: Mapping[str, str]) -> Place:
    """lat and long, or address_string, or address_id: one of them must be there.

    Raises: Refused 422, naming the field.
    """
    lat, long = coordinate(sent, "lat", 90), coordinate(sent, "long", 180)
    address, address_id = sent.get("address_string", "").strip(), sent.get("address_id", "").strip()
    if (lat is None) != (long is None):
        raise Refused(_("lat 和 long 要一起填写。"), field="lat" if lat is None else "long", code="no_place")
    if lat is None and not address and not address_id:
        raise Refused(
            _("缺少地点：请填写 lat 和 long，或 address_string，或 address_id。"),
            field="lat",
            code="no_place",
        )
    return Place(long, lat, address, address_id)


def coordinate(sent: Mapping[str, str], name: str, most: int) -> float | None:
    """One coordinate in degrees; None if it is not given."""
    text = sent.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not -most <= value <= most:  # NaN compares false
        raise Refused(_("%(name)s 应是度数，请核对。") % {"name": name}, field=name, code="bad_position")
    return value


def description(sent: Mapping[str, str]) -> str:
    """The words, which may be empty. Raises: Refused 422, if they are longer than the standard allows."""
    text = sent.get("description", "").strip()
    refuse_nul(text)
    if len(text) > DESCRIPTION_MAX:
        sentence = _("description 最多 %(most)d 个字，请缩短。") % {"most": DESCRIPTION_MAX}
        raise Refused(sentence, field="description", code="too_long")
    return text


def refuse_nul(text: str) -> None:
    """Raises: Refused 422; PostgreSQL cannot hold a NUL character."""
    if "\0" in text:
        raise Refused(_("内容里有不能保存的空字符（NUL），请删去后再提交。"), code="nul")


def attributes(sent: QueryDict) -> dict[str, str]:
    """The answers to `attribute[code]` and `attribute[code][]`, by code; those left empty too.

    Raises: Refused 422 for several values of one code: no question here takes more than one.
    """
    found: dict[str, str] = {}
    for name in sent:
        if match := ATTRIBUTE.fullmatch(name):
            code = match[1].strip()
            values = [found.get(code, ""), *(value.strip() for value in sent.getlist(name))]
            given = list(dict.fromkeys(value for value in values if value))
            for text in (code, *given):
                refuse_nul(text)
            if len(given) > 1:
                sentence = _("attribute[%(code)s] 只能有一个值，请只留一个。") % {"code": code[:40]}
                raise Refused(sentence, field=f"attribute[{code[:40]}]", code="one_value")
            found[code] = given[0] if given else ""
    return found


def extras(sent: Mapping[str, str], unasked: Mapping[str, str]) -> list[str]:
    """What the standard lets a client add and we have no column for, one line each.

    unasked: attributes of a service that asks nothing.
    """
    lines = []
    if media := sent.get("media_url", "").strip():
        lines.append(_("附图地址（未下载）：%(url)s") % {"url": media[:500]})
    lines += [f"{code[:60]}：{value[:500]}" for code, value in unasked.items() if value]
    for line in lines:
        refuse_nul(line)
    return lines
