"""Request bodies: one schema, three encodings.

A face writes `payload: Annotated[Report, Payload()]` and receives the same object whether the client sent
JSON with base64 photos, multipart with files, or a form. Unknown fields are refused by name; so are NUL
characters (PostgreSQL cannot hold them); NaN and Infinity are not numbers.
"""

import base64
import binascii
import io
import mmap
import re
import tempfile
from typing import Annotated, Any, get_args, get_origin
from uuid import UUID

import orjson
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile, TemporaryUploadedFile, UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.errors import ValidationError
from ninja.params.models import BodyModel, Param
from ninja.parser import Parser
from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, core_schema

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.rest.chinese import SAID, wrong

MEGA = 1024 * 1024
QUANTUM = 4 * 256 * 1024  # letters of base64 decoded at once; a multiple of 4
PHOTO_MAX = 20 * MEGA  # bytes of one photo (issue 3 §4)
PHOTOS_MAX = 9
WORDS_BODY_MAX = 2 * MEGA  # bytes of a body that carries no photos
PHOTOS_BODY_MAX = PHOTOS_MAX * PHOTO_MAX * 4 // 3 + 8 * MEGA  # base64 makes 3 bytes 4; the rest is words
SPOOL = 4 * MEGA  # larger bodies are parsed from a mapped file, so that only the photos' text is in memory

OCTETS = "application/octet-stream"
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


class Strict(BaseModel):
    """The base of every body: what we do not know is refused, never dropped in silence."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Photo:
    """A photo: base64 text in JSON (a `data:` prefix is allowed), a file in multipart. Becomes a file."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls.validate)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        text = _("照片：JSON 里是 base64 文字，multipart 里是文件；jpg、png、webp，每张不超过 20 MB")
        return {"type": "string", "format": "byte", "description": text}

    @staticmethod
    def validate(value: Any) -> Any:
        """The photo as an uploaded file; kernel.files judges its kind and size."""
        if isinstance(value, UploadedFile):
            return value
        if not isinstance(value, str):
            raise wrong(_("照片应是 base64 文字，或用 multipart 上传文件。"))
        return _decoded(value)


class PhotoOrId(Photo):
    """A photo, or the id of a file that was uploaded before. Validates to a file or a UUID."""

    @staticmethod
    def validate(value: Any) -> Any:
        if isinstance(value, str) and UUID_TEXT.fullmatch(value):
            return UUID(value)
        return Photo.validate(value)


def _decoded(text: str) -> UploadedFile:
    """A file of base64 text, with or without `data:image/…;base64,`, line ends and padding; a large one on disk."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    text = "".join(text.split()).rstrip("=")
    if not text:
        raise wrong(_("照片是空的，请重新选择。"))
    size = len(text) * 3 // 4
    file: UploadedFile
    if size < MEGA:
        file = InMemoryUploadedFile(io.BytesIO(), None, "photo", OCTETS, size, None)
    else:
        file = TemporaryUploadedFile("photo", OCTETS, size, None)
    try:
        for start in range(0, len(text), QUANTUM):
            part = text[start : start + QUANTUM]
            file.write(base64.b64decode(part + "=" * (-len(part) % 4), validate=True))
    except (binascii.Error, ValueError) as error:
        file.close()
        raise wrong(_("不是合法的 base64 文字，照片可能没有传完整，请重新上传。")) from error
    file.seek(0)
    return file


Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]


class PayloadModel(BodyModel):
    """Ninja's reader of the body, for three encodings and with a limit by kind."""

    @classmethod
    def get_request_data(cls, request: HttpRequest, api: Any, path_params: dict[str, Any]) -> dict[str, Any]:
        """The body; an absent one is an empty object, so that each missing field is named."""
        name = cls.__read_from_single_attr__
        schema = cls.model_fields[name].annotation
        lists, photos = _lists(schema), carries_photos(schema)
        return {name: read(request, lists=lists, limit=PHOTOS_BODY_MAX if photos else WORDS_BODY_MAX)}


class Payload(Param):  # type: ignore[misc]  # as ninja's own parameters do
    """Marks the parameter that is the body."""

    _model = PayloadModel

    def __init__(self, **extra: Any) -> None:
        super().__init__(..., **extra)

    @classmethod
    def _param_source(cls) -> str:
        return "body"


def carries_photos(schema: Any) -> bool:
    """Whether a body has a field for photos."""
    return any(_mentions(field.annotation, Photo) for field in schema.model_fields.values())


def _mentions(annotation: Any, wanted: type) -> bool:
    itself = isinstance(annotation, type) and issubclass(annotation, wanted)
    return itself or any(_mentions(part, wanted) for part in get_args(annotation))


def _lists(schema: Any) -> set[str]:
    """Names of the fields that hold several values: a form repeats them."""

    def is_list(annotation: Any) -> bool:
        return get_origin(annotation) in (list, tuple, set) or any(
            is_list(part) for part in get_args(annotation)
        )

    return {name for name, field in schema.model_fields.items() if is_list(field.annotation)}


def read(request: HttpRequest, *, lists: set[str], limit: int) -> Any:
    """The body as Python values. limit: bytes.

    Raises: Refused 413, 415, 422.
    """
    if _length(request) > limit:
        raise Refused(
            _("提交的内容超过 %(mb)d MB，请减少或缩小照片后再提交。") % {"mb": limit // MEGA},
            status=413,
            code="too_large",
        )
    kind = (request.content_type or "").lower()
    if kind in FORMS:
        return _form(request, lists)
    if kind in ("", "application/json") or kind.endswith("+json"):
        return _json(request, limit)
    sentence = _("不认识这种内容格式。请用 application/json，或用 multipart/form-data 上传照片。")
    raise Refused(sentence, status=415, code="unsupported")


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _form(request: HttpRequest, lists: set[str]) -> dict[str, Any]:
    """A form; an empty box is an absent field."""
    data: dict[str, Any] = {}
    for source in (request.POST, request.FILES):
        for name in source:
            values = [value for value in source.getlist(name) if value != ""]
            if values:
                data[name] = values if name in lists else values[-1]
    refuse_nul(data)
    return data


def _json(request: HttpRequest, limit: int) -> Any:
    """A JSON document."""
    source = _source(request)
    if 0 < _length(request) <= SPOOL:
        return parse_json(source.read(SPOOL))
    with tempfile.TemporaryFile() as spool:
        size = 0
        while chunk := source.read(MEGA):
            size += len(chunk)
            if size > limit:
                raise RequestDataTooBig
            spool.write(chunk)
        if not size:
            return {}
        spool.flush()
        with mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
            return parse_json(view)


def _source(request: HttpRequest) -> Any:
    """Where the body is read. Django takes one without a Content-Length, sent in chunks, for empty."""
    chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    return request.META["wsgi.input"] if chunked and not _length(request) else request


def parse_json(raw: bytes | memoryview) -> Any:
    """Raises: ValidationError (422), if it is not JSON in UTF-8 or holds a NUL character."""
    if not len(raw):
        return {}
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        said = _(
            "请求体不是合法的 JSON（第 %(line)d 行第 %(column)d 个字符附近）。"
            "应是 UTF-8 编码；NaN、Infinity 不是合法的数字。"
        )
        raise _invalid((), said % {"line": error.lineno, "column": error.colno}) from error
    refuse_nul(data)
    return data


def refuse_nul(value: Any, loc: tuple[Any, ...] = ()) -> None:
    """Raises: ValidationError (422), naming the field that holds a NUL character."""
    if isinstance(value, str):
        if "\0" in value:
            raise _invalid(loc, _("含有不能保存的空字符（NUL），请删去后再提交。"))
    elif isinstance(value, dict):
        for name, part in value.items():
            if "\0" in name:
                raise _invalid(loc, _("字段名含有不能保存的空字符（NUL），请删去后再提交。"))
            refuse_nul(part, (*loc, name))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            refuse_nul(part, (*loc, index))


class QueryParser(Parser):
    """Ninja's reader of query strings, which refuses NUL characters too."""

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> Any:
        found = super().parse_querydict(data, list_fields, request)
        for name, value in found.items():
            if any("\0" in each for each in (value if isinstance(value, list) else [value])):
                said = _("含有不能保存的空字符（NUL），请删去后再提交。")
                raise ValidationError([{"type": SAID, "loc": ("query", name), "ctx": {"said": said}}])
        return found


def _invalid(loc: tuple[Any, ...], said: str) -> ValidationError:
    return ValidationError([{"type": SAID, "loc": ("body", "", *loc), "ctx": {"said": said}}])
