"""Messages from a file: one mapping per format in demo/formats says which column means what."""

import csv
import gzip
import io
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.geo import Crs, convert

csv.field_size_limit(10_000_000)
GZIP = b"\x1f\x8b"


class BadMessages(Refused):
    """The file is not there, cannot be read, or is of no known format."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. key: names it for good, format included. place: degrees CGCS2000, None if it has none.

    category: a code of today's matters guessed by its words, «» if none fits.
    """

    key: str
    at: datetime
    text: str
    channel: str
    category: str
    place: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Batch:
    """All messages of a file in order of time, and how many rows could not be read, by reason."""

    format: str
    messages: list[Message]
    unread: Mapping[str, int]


@cache
def formats() -> dict[str, dict[str, Any]]:
    """Name → mapping, of every file in demo/formats."""
    found = {}
    for file in sorted((files("demo") / "formats").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            mapping = tomllib.loads(file.read_text(encoding="utf-8"))
            found[mapping["name"]] = mapping
    return found


def find(name: str) -> Path:
    """The file a person named: as it stands, else inside the folder that XIUCHENG_SAMPLES names.

    Raises: BadMessages, if it is in neither.
    """
    tried = [Path(name)]
    if folder := os.environ.get("XIUCHENG_SAMPLES", ""):
        tried += [Path(folder) / name, *sorted(Path(folder).glob(f"*/{name}"))]
    for path in tried:
        if path.is_file():
            return path
    text = _("没有找到消息文件 %(name)s。请给出完整路径，或用环境变量 XIUCHENG_SAMPLES 指明样例数据文件夹。")
    raise BadMessages(text % {"name": name})


def messages(path: Path) -> Batch:
    """Read a file (.csv or .csv.gz) by the mapping that its header fits. Raises: BadMessages."""
    raw = path.read_bytes()
    if raw.startswith(GZIP):
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError) as error:
            raise BadMessages(_("压缩文件损坏，读不出来。请重新取得这个文件。")) from error
    mapping, text = recognised(raw)
    found: dict[str, Message] = {}
    unread: dict[str, int] = {}
    for row in csv.DictReader(io.StringIO(text)):
        fault_or_message = read(row, mapping)
        if isinstance(fault_or_message, str):
            unread[fault_or_message] = unread.get(fault_or_message, 0) + 1
        elif fault_or_message.key in found:
            unread["编号重复"] = unread.get("编号重复", 0) + 1
        else:
            found[fault_or_message.key] = fault_or_message
    ordered = sorted(found.values(), key=lambda message: (message.at, message.key))
    return Batch(mapping["name"], ordered, unread)


def recognised(raw: bytes) -> tuple[dict[str, Any], str]:
    """The mapping whose columns the header has, and the decoded text."""
    for mapping in formats().values():
        try:
            text = raw.decode(mapping["encoding"])
        except UnicodeDecodeError:
            continue
        header = set(next(csv.reader(io.StringIO(text[:20_000])), []))
        if all(any(name in header for name in wanted.split("|")) for wanted in mapping["needs"]):
            return mapping, text
    known = "、".join(str(mapping["title"]) for mapping in formats().values())
    text = _("认不出这个文件的格式。已知的格式：%(known)s；请核对表头和编码（UTF-8）。")
    raise BadMessages(text % {"known": known})


def read(row: Mapping[str, str | None], mapping: Mapping[str, Any]) -> Message | str:
    """One row as a message, or why it is none."""
    key = "/".join(values(row, mapping["id"]))
    text = "；".join(values(row, mapping["text"]))
    if not key:
        return "没有编号"
    if not text:
        return "没有内容"
    at = moment(" ".join(values(row, mapping["time"])), mapping)
    if at is None:
        return "时间无法识别"
    return Message(
        key=f"{mapping['name']}/{key}",
        at=at,
        text=text.replace("\x00", "")[:4000],
        channel=mapping["channel"],
        category=guess(text, mapping),
        place=position(row, mapping.get("position")),
    )


def values(row: Mapping[str, str | None], columns: list[str]) -> Iterator[str]:
    """The values of columns that are not empty; «A|B»: whichever of the two the file has."""
    for column in columns:
        value = next((row[name] for name in column.split("|") if row.get(name)), None)
        if value and value.strip():
            yield value.strip()


def moment(text: str, mapping: Mapping[str, Any]) -> datetime | None:
    for form in mapping["time_formats"]:
        try:
            at = datetime.strptime(text, form)  # noqa: DTZ007  the zone is the next line
        except ValueError:
            continue
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(mapping["zone"]))).astimezone(UTC)
    return None


def guess(text: str, mapping: Mapping[str, Any]) -> str:
    small = text.casefold()
    return next(
        (rule["category"] for rule in mapping["guess"] if any(word in small for word in rule["words"])), ""
    )


def position(row: Mapping[str, str | None], mapping: Mapping[str, Any] | None) -> tuple[float, float] | None:
    if mapping is None:
        return None
    try:
        lon, lat = (float(next(values(row, mapping[name]))) for name in ("longitude", "latitude"))
        return convert(lon, lat, Crs.parse(mapping["crs"]), Crs.CGCS2000)
    except (StopIteration, RuntimeError, ValueError, Refused):
        return None
