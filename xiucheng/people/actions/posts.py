"""Posts: grant, change, end, hand over."""

from collections.abc import Collection, Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.people import holdings, queries, rules
from xiucheng.people.actions._shared import check_form, record, require, require_person, require_reach
from xiucheng.people.models import Delegation, Department, Person, Post, Role
from xiucheng.territory.models import Beat, Division


def create_post(
    *,
    person: Person,
    role: rules.Role | Role | str,
    by: Post | None,
    department: Department | None = None,
    scope_codes: Collection[str] = (),
    is_head: bool = False,
    beats: Sequence[Beat] = (),
    title: str = "",
    on_duty: bool = True,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Post:
    """授予岗位: role × place × department.

    Raises: Refused 403 without the right, to oneself or beyond one's reach; 409 for a second kind of
    administrator; 422 with the field.
    """
    require(by, rules.Right.MANAGE_RIGHTS)
    at = timezone.now()
    _not_oneself(person, by)
    if str(role) not in Role.values:
        raise Refused(_("没有这个角色，请从列表中选择。"), field="role", code="unknown_role")
    held = rules.Role(str(role))
    _check_post(held, department, scope_codes, is_head)
    require_person(by, person)
    _check_reach(by, department, scope_codes)
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person.pk)  # two grants at once see each other
        since = valid_from or timezone.localdate(at)
        if valid_to is not None and valid_to <= since:
            raise Refused(_("离任日期要在任职日期之后。"), field="valid_to", code="bad_day")
        check_administrators(person, held, since)
        post = Post(
            person=person,
            role=held.value,
            department=department,
            scope_codes=sorted(set(scope_codes)),
            is_head=is_head,
            title=title.strip(),
            on_duty=on_duty,
            valid_from=since,
            valid_to=valid_to,
        )
        check_form(post)
        post.save()
        post.beats.set(beats)
        record(by, f"post {post.pk}", None, post_facts(post), at)
    return post


def edit_post(
    *,
    post: Post,
    by: Post | None,
    scope_codes: Collection[str],
    is_head: bool = False,
    title: str = "",
    beats: Sequence[Beat] | None = None,
) -> Post:
    """修改岗位: its divisions, title, head, beats. Role and department stay: that would be another post.

    Raises: Refused 403 without the right, one's own or beyond one's reach; 409 if it has ended; 422 with the field.
    """
    require(by, rules.Right.MANAGE_RIGHTS)
    at = timezone.now()
    with transaction.atomic():
        post = _locked(post, by)
        _check_post(rules.Role(post.role), post.department, scope_codes, is_head)
        _check_reach(by, post.department, scope_codes)
        before = post_facts(post)
        post.scope_codes, post.is_head, post.title = sorted(set(scope_codes)), is_head, title.strip()
        check_form(post)
        post.save(update_fields=["scope_codes", "is_head", "title"])
        if beats is not None:
            post.beats.set(beats)
        record(by, f"post {post.pk}", before, post_facts(post), at)
    return post


def end_post(*, post: Post, by: Post | None, on: date | None = None) -> Post:
    """免去岗位 from a day on (today by default). The row stays: cases name it.

    Raises: Refused 403 without the right; 409 while work is in its hands and the day has come; 422 `on`.
    """
    require(by, rules.Right.MANAGE_RIGHTS)
    at = timezone.now()
    today = timezone.localdate(at)
    day = on or today
    if day < today:
        raise Refused(_("离任日期不能早于今天。"), field="on", code="bad_day")
    with transaction.atomic():
        post = _locked(post, by)
        waiting = [held.words for held in holdings.of_post(post) if held.blocks]
        if waiting and day == today:
            raise Refused(
                _("%(what)s，现在不能免去。请先改派，或者把岗位移交给另一个人，也可以定一个以后的日期。")
                % {"what": _("、").join(waiting)},
                status=409,
                field="on",
                code="in_hand",
            )
        before = post_facts(post)
        post.active = post.active and day > post.valid_from
        post.valid_to = day if day > post.valid_from else None
        post.save(update_fields=["active", "valid_to"])
        Delegation.objects.open_on(day).filter(post=post).update(ended_at=at)
        record(by, f"post {post.pk}", before, post_facts(post), at)
    return post


def hand_over_post(*, post: Post, to: Person, by: Post | None, reason: str = "") -> Post:
    """移交岗位: from now on another person holds it, with everything that is in its hands.

    What was done stays with who did it: every event names the person beside the post. The tokens and
    delegations of the old holder for this post end.
    Raises: Refused 403 without the right, to or from oneself, beyond one's reach; 409 the administrators' clash;
    422 `to`.
    """
    require(by, rules.Right.MANAGE_RIGHTS)
    at = timezone.now()
    _not_oneself(to, by)
    require_person(by, to)
    with transaction.atomic():
        to = Person.objects.select_for_update().get(pk=to.pk)
        post = _locked(post, by)
        if to.pk == post.person_id or not to.is_active:
            sentence = _("请选择另一个在用的账号。")
            raise Refused(sentence, field="to", code="bad_person")
        check_administrators(to, rules.Role(post.role), timezone.localdate(at))
        before = post_facts(post)
        post.tokens.filter(revoked_at__isnull=True).update(revoked_at=at)
        Delegation.objects.open_on(timezone.localdate(at)).filter(post=post).update(ended_at=at)
        post.person = to
        post.save(update_fields=["person"])
        record(by, f"post {post.pk}", before, post_facts(post) | {"reason": reason.strip()}, at)
    return post


def set_on_duty(*, post: Post, on_duty: bool) -> Post:
    """到岗、离岗: said by the holder of the post (practice 13 draws checks among those on duty)."""
    Post.objects.filter(pk=post.pk).update(on_duty=on_duty)
    post.on_duty = on_duty
    return post


def check_administrators(person: Person, role: rules.Role, since: date, until: date | None = None) -> None:
    """三权分立 over a span of days: own posts count, and those delegated to him.

    Raises: Refused 409.
    """
    held = queries.roles_held(person, since, until)
    if clash := rules.administrators_clash(held, role):
        raise Refused(
            _("三权分立：%(name)s已经是%(held)s，不能再任%(wanted)s，请另选一人。")
            % {"name": person.name, "held": Role(clash.value).label, "wanted": Role(role.value).label},
            status=409,
            field="role",
            code="separate_administrators",
        )


def post_facts(post: Post) -> dict[str, object]:
    return {
        "person": post.person.username,
        "role": post.role,
        "department": post.department_id,
        "scope_codes": post.scope_codes,
        "is_head": post.is_head,
        "active": post.active,
        "valid_to": post.valid_to.isoformat() if post.valid_to else None,
    }


def _locked(post: Post, by: Post | None) -> Post:
    """The row, locked, if this administrator may touch it."""
    found = (
        Post.objects.select_for_update(of=("self",)).select_related("person", "department").get(pk=post.pk)
    )
    if by is not None:
        if not queries.posts_seen_by(by).filter(pk=post.pk).exists():
            raise Refused(_("没有找到这个岗位，请从列表中选择。"), status=404, code="no_post")
        _not_oneself(found.person, by)
        _check_reach(by, found.department, found.scope_codes)
    if not found.active or (found.valid_to and found.valid_to <= timezone.localdate()):
        raise Refused(_("这个岗位已经结束，不能再改。"), status=409, code="ended")
    return found


def _not_oneself(person: Person, by: Post | None) -> None:
    if by is not None and by.person_id == person.pk:
        raise Refused(_("自己的岗位不能自己办，请由另一位安全管理员办理。"), status=403, code="own_post")


def _check_reach(by: Post | None, department: Department | None, scope_codes: Collection[str]) -> None:
    if department is not None:
        require_reach(by, department.division_code, field="department")
    require_reach(by, *scope_codes, field="scope_codes")


def _check_post(
    role: rules.Role, department: Department | None, scope_codes: Collection[str], is_head: bool
) -> None:
    if role in rules.HANDLERS and department is None:
        raise Refused(_("这个角色要有所在部门，请选择部门。"), field="department", code="no_department")
    if department is not None and not department.active:
        raise Refused(_("这个部门已停用，请选择其他部门。"), field="department", code="closed")
    if is_head and not rules.HEAD_RIGHTS[role]:
        raise Refused(_("只有专业部门的岗位可以是部门负责人。"), field="is_head", code="no_head")
    if not scope_codes and role not in rules.ADMINISTRATORS:
        raise Refused(_("请至少选择一个管辖区划。"), field="scope_codes", code="no_scope")
    for code in scope_codes:
        if (
            not (code.isascii() and code.isdigit())
            or not Division.objects.filter(code__startswith=code).exists()
        ):
            sentence = _("没有区划 %(code)s，请从列表中选择。") % {"code": code}
            raise Refused(sentence, field="scope_codes", code="unknown_division")
