"""班组 of a department: its head says who goes out with whom."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.people import rules
from xiucheng.people.actions._shared import record, require
from xiucheng.people.models import Crew, Post


def create_crew(*, name: str, by: Post) -> Crew:
    """A new crew of one's own department. Raises: Refused 403, 409 for a name that is taken, 422 without one."""
    require(by, rules.Right.MANAGE_CREWS)
    name = named(name)
    try:
        with transaction.atomic():
            row = Crew.objects.create(department_id=home(by), name=name)
            record(by, f"crew {row.pk}", None, {"name": name}, timezone.now())
    except IntegrityError:
        raise Refused(_("已经有叫这个名字的班组。"), status=409, field="name", code="taken") from None
    return row


def edit_crew(*, crew: Crew, by: Post, name: str, active: bool) -> Crew:
    """Rename or close a crew; who was in it is free again. Raises: Refused 403, 409, 422."""
    require(by, rules.Right.MANAGE_CREWS)
    own(crew, by)
    before = {"name": crew.name, "active": crew.active}
    crew.name, crew.active = named(name), active
    try:
        with transaction.atomic():
            crew.save(update_fields=["name", "active"])
            if not active:
                Post.objects.filter(crew=crew).update(crew=None)
            record(by, f"crew {crew.pk}", before, {"name": crew.name, "active": active}, timezone.now())
    except IntegrityError:
        raise Refused(_("已经有叫这个名字的班组。"), status=409, field="name", code="taken") from None
    return crew


def man_crew(*, crew: Crew, by: Post, posts: list[int]) -> Crew:
    """Who is in the crew, all of them; a post is in one crew only. Raises: Refused 403, 422 for another house's post."""
    require(by, rules.Right.MANAGE_CREWS)
    own(crew, by)
    with transaction.atomic():
        mine = Post.objects.select_for_update().filter(
            department=crew.department_id, active=True, role=rules.Role.DEPARTMENT
        )
        known = set(mine.values_list("pk", flat=True))
        if not set(posts) <= known:
            raise Refused(
                _("只能安排本部门在岗的经办人，请从列表中选择。"), field="posts", code="unknown_post"
            )
        before = sorted(crew.posts.values_list("pk", flat=True))
        Post.objects.filter(crew=crew).exclude(pk__in=posts).update(crew=None)
        Post.objects.filter(pk__in=posts).update(crew=crew)
        record(by, f"crew {crew.pk}", {"posts": before}, {"posts": sorted(posts)}, timezone.now())
    return crew


def named(name: str) -> str:
    name = name.strip()[:40]
    if not name:
        raise Refused(_("请写班组名称，例如“市政一班”。"), field="name")
    return name


def own(crew: Crew, by: Post) -> None:
    if crew.department_id != by.department_id:
        raise Refused(_("没有这个班组。"), status=404, code="not_found")


def home(by: Post) -> int:
    if by.department_id is None:
        raise Refused(_("您的岗位不属于任何部门。"), status=403, code="no_department")
    return by.department_id
