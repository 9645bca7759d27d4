"""Bodies in three encodings; what is refused is named in Chinese and never repeated."""

import base64
import re
from typing import Annotated, get_args

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from ninja.errors import ValidationError
from pydantic import Field
from pydantic import ValidationError as PydanticError
from pydantic_core.core_schema import ErrorType

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.rest import body, chinese, problem

ASCII_WORD = re.compile(r"[A-Za-z]{4,}")
ALLOWED_WORDS = {"JSON", "UUID", "null", "true", "false", "https", "http"}
PNG = base64.b64encode(b"\x89PNG....").decode()


class Body(body.Strict):
    words: str
    size: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] = 0
    tags: list[str] = []
    photos: Annotated[list[body.Photo], Field(max_length=9)] = []


def parse(request, schema=Body):
    data = body.read(request, lists=body._lists(schema), limit=body.WORDS_BODY_MAX)
    return schema.model_validate(data)


def json_request(raw: bytes, kind="application/json"):
    return RequestFactory().post("/", raw, content_type=kind)


def reasons(error: PydanticError | ValidationError) -> dict[str, str]:
    if isinstance(error, PydanticError):
        errors = [{**each, "loc": ("body", "x", *each["loc"])} for each in error.errors()]
    else:
        errors = error.errors
    return {each["field"]: each["reason"] for each in chinese.field_errors(errors)}


def test_json_and_multipart_give_the_same():
    words = "井盖破了🕳️𠮷"
    as_json = parse(json_request(orjson.dumps({"words": words, "tags": ["a", "b"], "photos": [PNG]})))
    upload = SimpleUploadedFile("照片.png", base64.b64decode(PNG))
    as_form = parse(
        RequestFactory().post("/", {"words": words, "tags": ["a", "b"], "photos": [upload], "size": ""})
    )
    assert (as_json.words, as_json.tags) == (as_form.words, as_form.tags) == (words, ["a", "b"])
    assert as_json.photos[0].read() == as_form.photos[0].read() == base64.b64decode(PNG)


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_base64_may_carry_a_prefix_line_ends_and_no_padding(prefix):
    text = prefix + PNG.rstrip("=")[:4] + "\n" + PNG.rstrip("=")[4:]
    assert parse(json_request(orjson.dumps({"words": "x", "photos": [text]}))).photos[0].read()


@pytest.mark.parametrize(
    ("sent", "field", "says"),
    [
        ({}, "words", "缺少"),
        ({"words": "x", "size": 181}, "size", "不能大于 180"),
        ({"words": "x", "size": "abc"}, "size", "数字"),
        ({"words": ["x"]}, "words", "文字"),
        ({"words": "x", "colour": 1}, "colour", "没有这一项"),
        ({"words": "x", "tags": "a"}, "tags", "列表"),
        ({"words": "x", "photos": ["%%%"]}, "photos.0", "base64"),
        ({"words": "x", "photos": [PNG] * 10}, "photos", "最多 9 项"),
        ({"words": "x", "photos": [7]}, "photos.0", "base64"),
    ],
)
def test_a_wrong_field_is_named_with_a_chinese_reason(sent, field, says):
    with pytest.raises(PydanticError) as caught:
        parse(json_request(orjson.dumps(sent)))
    assert says in reasons(caught.value)[field]


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b'{"words": NaN}', b'{"a":"\\ud800"}', b"[" * 3000])
def test_what_is_not_json_is_422_and_says_so(raw):
    with pytest.raises(ValidationError) as caught:
        parse(json_request(raw))
    assert "JSON" in reasons(caught.value)[""]


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"words": "a\0b"}, "words"), ({"words": "a", "tags": ["x", "\0"]}, "tags.1")],
)
def test_a_nul_character_is_refused_by_name(sent, field):
    with pytest.raises(ValidationError) as caught:
        parse(json_request(orjson.dumps(sent)))
    assert "NUL" in reasons(caught.value)[field]


def test_another_encoding_is_415_and_too_much_is_413():
    with pytest.raises(Refused) as caught:
        parse(json_request(b"<a/>", kind="application/xml"))
    assert caught.value.status == 415
    with pytest.raises(Refused) as caught:
        parse(json_request(b'{"words":"' + b"x" * body.WORDS_BODY_MAX + b'"}'))
    assert caught.value.status == 413


def test_a_large_body_is_read_through_a_file():
    raw = orjson.dumps({"words": "x" * (body.SPOOL + 10)})
    data = body.read(json_request(raw), lists=set(), limit=body.PHOTOS_BODY_MAX)
    assert len(data["words"]) == body.SPOOL + 10


@pytest.mark.parametrize("kind", get_args(ErrorType))
def test_every_error_of_pydantic_has_a_chinese_sentence(kind):
    context = dict.fromkeys(
        ("gt", "ge", "lt", "le", "min_length", "max_length", "expected", "multiple_of"), 3
    )
    told = chinese.sentence({"type": kind, "msg": "Input should be bad", "ctx": context})
    assert re.search(r"[\u4e00-\u9fff]", told)
    assert set(ASCII_WORD.findall(told)) <= ALLOWED_WORDS
    assert "%(" not in told


def test_a_problem_never_repeats_the_input():
    with pytest.raises(PydanticError) as caught:
        parse(json_request(orjson.dumps({"words": "x", "size": "机密内容"})))
    told = problem.invalid([{**each, "loc": ("body", "x", *each["loc"])} for each in caught.value.errors()])
    assert told.status_code == 422
    assert "机密内容" not in told.content.decode()
