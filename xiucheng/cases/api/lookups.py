"""From what a client names (an id, a code, a photo) to what an action takes, inside the client's scope."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from xiucheng.cases.models import Case, CaseFile
from xiucheng.cases.queries import find
from xiucheng.catalog import extra as questions
from xiucheng.catalog import queries as catalog
from xiucheng.catalog.models import Category, Standard
from xiucheng.kernel import geo
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files import actions as files
from xiucheng.kernel.models import StoredFile
from xiucheng.people import queries as people
from xiucheng.people.models import Crew, Department, Post, Role

CREDIT_CODE = 18  # characters


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, about which case."""

    post: Post
    case: Case


def case(asked: Asked, field: str, value: str) -> UUID:
    """Another case."""
    try:
        return find(value, asked.post).pk
    except Refused as refusal:
        raise Refused(refusal.said(_), field=field, code="unknown_case") from None


def department(asked: Asked, field: str, value: int | str) -> Department:
    """A department among those the post may choose."""
    found = people.departments_for(asked.post)
    is_id = isinstance(value, int) or (
        value.isdecimal() and len(value) < CREDIT_CODE
    )  # a form has only texts
    row = found.filter(pk=int(value)).first() if is_id else found.filter(code=value).first()
    if row is None:
        sentence = _("没有这个部门，或它不在您可以选择的范围内。请从部门列表中选择。")
        raise Refused(sentence, field=field, code="unknown_department")
    return row


def departments(asked: Asked, field: str, value: list[int | str]) -> list[Department]:
    """Several, each once."""
    found = {row.pk: row for row in (department(asked, field, each) for each in value)}
    return list(found.values())


def crew(asked: Asked, field: str, value: int) -> Crew:
    """A crew of the asker's own department."""
    row = Crew.objects.filter(pk=value, department=asked.post.department_id, active=True).first()
    if row is None:
        sentence = _("您的部门没有这个班组，请从班组列表中选择。")
        raise Refused(sentence, field=field, code="unknown_crew")
    return row


def inspector(asked: Asked, field: str, value: int) -> Post:
    """A 监督员 whose scope covers the case, or a county next to it."""
    places = {part for code in (asked.case.county, *asked.case.near) for part in people.prefixes(code)}
    finest = asked.case.community or asked.case.township or asked.case.county
    row = (
        Post.objects.in_force(localdate())
        .filter(pk=value, role=Role.INSPECTOR, scope_codes__overlap=[*places, *people.prefixes(finest)])
        .select_related("person")
        .first()
    )
    if row is None:
        raise Refused(
            _("没有这位监督员，或案件不在他的辖区。请另选一位。"), field=field, code="unknown_inspector"
        )
    return row


def category(_asked: Asked, field: str, value: str) -> Category:
    return catalog.parse_category(value, field=field)


def extra(_asked: Asked, field: str, value: Any) -> dict[str, str]:
    return questions.sent(value, field=field)


def standard(_asked: Asked, field: str, value: int) -> Standard:
    row = catalog.standard_by_id(value)
    if row is None:
        raise Refused(_("没有这条立案条件，请从该类别的列表中选择。"), field=field, code="unknown_standard")
    return row


def photos(asked: Asked, field: str, value: list[UploadedFile | UUID]) -> list[StoredFile]:
    """Photos sent along are stored; those named by id must have been uploaded by the same person."""
    return [
        uploaded(each, asked.post, field) if isinstance(each, UUID) else files.store(each, field=field)
        for each in value
    ]


def uploaded(file_id: UUID, post: Post, field: str) -> StoredFile:
    """A file uploaded before: of no case yet, or of one that the post may see."""
    row = StoredFile.objects.filter(pk=file_id).first()
    used = CaseFile.unscoped.filter(file=file_id)
    if row is None or (used.exists() and not used.filter(case__in=Case.seen_by(post)).exists()):
        raise Refused(_("没有这个文件，请先用 POST /api/v1/files 上传。"), field=field, code="unknown_file")
    return row


def position(payload: Any) -> dict[str, float]:
    """lon and lat in CGCS2000, or nothing where the phone had no position."""
    if payload.longitude is None or payload.latitude is None:
        return {}
    lon, lat = geo.convert(*geo.check_position(payload.longitude, payload.latitude), payload.crs)
    return {"lon": lon, "lat": lat}
