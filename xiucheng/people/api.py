"""Faces of the people's room: who I am, and among whom I may choose."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, Field

from xiucheng.kernel.errors import Refused
from xiucheng.people import actions, queries, rules
from xiucheng.people.models import ApiToken, Crew, Department, Post

router = Router(tags=["人员"])


class DepartmentOut(BaseModel):
    id: int
    code: str = Field(description="统一社会信用代码，18 位")
    name: str
    short: str
    division: str
    level: str = Field(description="city、county 或 street")
    is_command_centre: bool
    is_fallback: bool


class PostOut(BaseModel):
    """A capacity in which somebody acts."""

    id: int
    role: str
    role_name: str
    title: str
    department: str | None
    scope: list[str] = Field(description="管辖区划代码")
    is_head: bool
    acting_for: str | None = Field(default=None, description="代理谁的岗位；本人的岗位为空")


class MeOut(BaseModel):
    username: str
    name: str
    post: PostOut = Field(description="这个令牌以哪个岗位办事")
    posts: list[PostOut] = Field(description="本人现有的全部岗位")
    rights: list[str] = Field(description="这个令牌可以做的事")


class ColleagueOut(BaseModel):
    """A post to whom a task may be given."""

    post: int
    name: str
    role: str
    department: str | None
    on_duty: bool


class CrewOut(BaseModel):
    """One of the own department's crews."""

    id: int
    name: str


def post_out(post: Post) -> PostOut:
    """A post as the API shows it."""
    return PostOut(
        id=post.pk,
        role=post.role,
        role_name=str(post.get_role_display()),
        title=post.title,
        department=post.department.name if post.department else None,
        scope=list(post.scope_codes),
        is_head=post.is_head,
        acting_for=post.acting_for.name if post.acting_for else None,
    )


def department_out(department: Department) -> DepartmentOut:
    """A department as the API shows it."""
    return DepartmentOut(
        id=department.pk,
        code=department.code,
        name=department.name,
        short=department.short,
        division=department.division_code,
        level=department.level,
        is_command_centre=department.is_command_centre,
        is_fallback=department.is_fallback,
    )


@router.get("/me", response=MeOut, operation_id="me", summary="我是谁、能做什么")
def me(request: HttpRequest) -> MeOut:
    post = queries.acting_post(request)
    return MeOut(
        username=post.person.username,
        name=post.person.name,
        post=post_out(post),
        posts=[post_out(held) for held in queries.may_act_as(post.person)],
        rights=sorted(right.value for right in post.rights),
    )


@router.delete("/tokens/current", response={204: None}, operation_id="revoke_token", summary="撤销当前令牌")
def revoke_current(request: HttpRequest) -> HttpResponse:
    """The token that carries this request ends now."""
    token: ApiToken = request.api_token  # type: ignore[attr-defined]
    actions.revoke_token(token=token, by=queries.acting_post(request))
    return HttpResponse(status=204)


@router.get(
    "/departments", response=list[DepartmentOut], operation_id="departments", summary="可以选择的部门"
)
def departments(request: HttpRequest) -> list[DepartmentOut]:
    """The departments a post may dispatch to: of its places, above and below."""
    return [department_out(found) for found in queries.departments_for(queries.acting_post(request))]


@router.get("/crews", response=list[CrewOut], operation_id="crews", summary="本部门的班组")
def crews(request: HttpRequest) -> list[CrewOut]:
    """The crews in use of the asker's own department; none for a post of no department."""
    post = queries.acting_post(request)
    rows = Crew.objects.filter(department=post.department_id, active=True).order_by("name")
    return [CrewOut(id=row.pk, name=row.name) for row in rows]


@router.get(
    "/colleagues",
    response={200: list[ColleagueOut], 404: None},
    operation_id="colleagues",
    summary="谁可以办某件事",
)
def colleagues(
    request: HttpRequest,
    right: Annotated[rules.Right, Query(description="要办的事，例如 answer_check")],
    division: Annotated[
        str, Query(pattern=r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$", description="区划代码")
    ],
) -> list[ColleagueOut]:
    """The posts whose scope covers a place and who hold a right there; on duty first.

    Only inside the asker's own scope, and only for who works on cases or keeps the accounts.
    """
    post = queries.acting_post(request)
    if rules.Right.VIEW_PEOPLE not in post.rights:
        actions.require(post, rules.Right.VIEW_CASES)
    if not post.actor().sees(division):
        raise Refused(
            _("这个区划不在您的管辖范围内，请核对代码。"), status=404, field="division", code="outside_scope"
        )
    return [
        ColleagueOut(
            post=post.pk,
            name=post.person.name,
            role=post.role,
            department=post.department.name if post.department else None,
            on_duty=post.on_duty,
        )
        for post in queries.holders(right, division=division)[:200]
    ]
