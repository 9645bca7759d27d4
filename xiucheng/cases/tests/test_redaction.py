"""What the public sees is chosen before it is seen: words and parts of photos, by the reporter and by staff."""

import base64
import io
import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from xiucheng.cases import actions, queries
from xiucheng.cases.models import Case, CaseFile
from xiucheng.cases.rebuild import compare
from xiucheng.cases.tests.loop import SPOT, Loop, jpeg, photo
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files import queries as files
from xiucheng.kernel.files.images import COVER
from xiucheng.kernel.files.redaction import WHOLE, Box, parse
from xiucheng.kernel.masking import public_words

LEFT_HALF = [[0, 0, 5000, WHOLE]]


def picture(row) -> Image.Image:
    with files.opened(row) as file:
        return Image.open(io.BytesIO(file.read())).convert("RGB")


def near(one, other) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(one, other, strict=True))


@given(
    st.tuples(st.integers(0, 9000), st.integers(0, 9000), st.integers(20, 1000), st.integers(20, 1000)),
    st.integers(1, 4000),
    st.integers(1, 4000),
)
def test_a_box_covers_at_least_what_was_meant_and_stays_inside(numbers, width, height):
    box = Box(*numbers)
    left, top, right, bottom = box.pixels(width, height)
    assert 0 <= left < right <= width and 0 <= top < bottom <= height
    assert left * WHOLE <= box.x * width and right * WHOLE >= (box.x + box.width) * width
    assert top * WHOLE <= box.y * height and bottom * WHOLE >= (box.y + box.height) * height


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[]",
        '{"0": 1}',
        '{"0": [[0, 0, 10001, 100]]}',
        '{"0": [[-1, 0, 100, 100]]}',
        '{"0": [[0, 0, 1.5, 100]]}',
        '{"0": [[0, 0, 10, 10]]}',
        '{"0": [[0, 0, true, 100]]}',
        json.dumps({"0": [[0, 0, 100, 100]] * 41}),
    ],
)
def test_what_is_no_box_is_refused_in_words(text):
    with pytest.raises(Refused) as refusal:
        parse(text)
    assert refusal.value.status == 422 and "遮" in refusal.value.sentence


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("打13812345678找我", "打138****5678找我"),
        ("0871-63123456 总机", "087*****3456 总机"),
        ("云AD12345 新能源车", "云A****45 新能源车"),
        ("受理号 20261124-000183，楼牌 1381234", "受理号 20261124-000183，楼牌 1381234"),
        ("井盖 DG-0123 破了", "井盖 DG-0123 破了"),
        ("", ""),
    ],
)
def test_numbers_that_name_a_person_are_masked_in_the_proposal(said, shown):
    assert public_words(said) == shown


@pytest.fixture
def loop(cast, departments):
    return Loop(cast, departments, photos=[photo(200)])


def released(loop: Loop) -> CaseFile:
    return CaseFile.unscoped.select_related("file", "shown").get(case=loop.id, purpose="report")


def test_staff_cover_a_part_and_the_public_gets_the_copy_only(loop):
    file = loop.state.evidence[0].file
    boxes = json.dumps({str(file): LEFT_HALF})
    loop(actions.release, "受理员_五华", words="路边垃圾", files=[file], boxes=boxes)
    row = released(loop)
    assert row.shown is not None and row.shown_id is not None and row.shown != row.file
    mine = loop.received
    assert queries.public_progress(mine.number, mine.query_code).photos == (row.shown_id,)
    assert queries.public_file(mine.number, mine.query_code, row.shown_id) == row.shown
    with pytest.raises(Refused):
        queries.public_file(mine.number, mine.query_code, row.file_id)
    copy, whole = picture(row.shown), picture(row.file)
    assert copy.size == whole.size
    assert near(copy.getpixel((5, 24)), COVER) and not near(whole.getpixel((5, 24)), COVER)
    assert near(copy.getpixel((60, 24)), whole.getpixel((60, 24)))
    assert compare().ok


def test_what_the_reporter_covered_stays_covered(cast, departments):
    photos = [photo(201)]
    covered = actions.covered_by_reporter(photos, json.dumps({"0": LEFT_HALF}))
    loop = Loop(cast, departments, photos=photos, covered=covered, wished_words="路边有垃圾")
    row = released(loop)
    assert (row.shown, row.released, loop.row.wished_words) == (covered[0], False, "路边有垃圾")
    right = json.dumps({str(row.file_id): [[8000, 0, 2000, WHOLE]]})
    loop(actions.release, "受理员_五华", words="路边有垃圾", files=[row.file_id], boxes=right)
    copy = picture(released(loop).shown)
    assert near(copy.getpixel((5, 24)), COVER) and near(copy.getpixel((60, 24)), COVER)
    assert not near(copy.getpixel((40, 24)), COVER)
    assert compare().ok


def test_against_the_reporters_wish_only_with_a_reason(cast, departments):
    loop = Loop(cast, departments, photos=[photo(202)], wished_words="")
    loop.refuses(actions.release, "受理员_五华", code="required", words="公开", files=[])
    loop(actions.release, "受理员_五华", words="", files=[])
    loop(actions.release, "受理员_五华", words="公开", files=[], note="涉及公共安全")
    assert Case.unscoped.get(pk=loop.id).public_words == "公开"


def test_a_photo_of_another_case_is_not_covered_here(loop, cast, departments):
    other = Loop(cast, departments, photos=[photo(203)])
    boxes = json.dumps({str(other.state.evidence[0].file): LEFT_HALF})
    with pytest.raises(Refused, match="不属于本案"):
        loop(actions.release, "受理员_五华", words="x", files=[], boxes=boxes)
    with pytest.raises(Refused):
        actions.covered_by_reporter([photo(200)], json.dumps({"1": LEFT_HALF}))


def test_the_api_takes_the_wish_and_the_boxes(api, cast):
    body = {
        "uuid": str(uuid.uuid4()),
        "description": "垃圾堆在门口，电话13812345678",
        "longitude": SPOT[0],
        "latitude": SPOT[1],
        "photos": [base64.b64encode(jpeg(204)).decode()],
        "public_words": "垃圾堆在门口",
        "photo_boxes": json.dumps({"0": LEFT_HALF}),
    }
    assert api.post("/api/v1/reports", json=body).status_code == 201
    assert api.post("/api/v1/reports", json=body).status_code == 200
    assert api.post("/api/v1/reports", json=body | {"public_words": ""}).status_code == 409
    case = Case.unscoped.get()
    assert case.wished_words == "垃圾堆在门口"
    assert CaseFile.unscoped.get(case=case.pk).shown is not None
    wrong = body | {"uuid": str(uuid.uuid4()), "photo_boxes": '{"3": [[0,0,500,500]]}'}
    assert api.post("/api/v1/reports", json=wrong).status_code == 422
