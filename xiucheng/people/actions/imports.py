"""Import of people, departments and posts from a table: check all, show what will happen, then all or nothing."""

import json
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import IO, Any
from uuid import UUID

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xiucheng.kernel import jobs, sheets
from xiucheng.kernel.crypto import normal_phone
from xiucheng.kernel.errors import Refused
from xiucheng.people import queries, rules, rules_import
from xiucheng.people.actions._shared import record, require
from xiucheng.people.actions.accounts import edit_person
from xiucheng.people.actions.organisation import create_department, edit_department
from xiucheng.people.actions.passwords import generate_password
from xiucheng.people.actions.posts import create_post
from xiucheng.people.models import Department, PeopleImport, Person, Post
from xiucheng.people.queries.importing import known_for, plan_of
from xiucheng.territory.models import Beat

RIGHTS = {
    "people": rules.Right.MANAGE_PEOPLE,
    "departments": rules.Right.MANAGE_PEOPLE,
    "posts": rules.Right.MANAGE_RIGHTS,
}
MOST = 20_000  # rows; a city's staff is some thousands
MAX_BYTES = 20 * 2**20  # 20,000 rows are some two megabytes; so a table is read at the door in a second
AT_ONCE = {"people": 200, "departments": 300, "posts": 300}  # rows applied within a request; more are a job
CHECK_AT_ONCE = 1_000
# A generated password has 90 random bits: no slow hash must protect it, and thousands of slow ones take minutes.
# The first sign-in replaces the hash by one of the city's own kind, and the password must be changed then.
QUICK, QUICK_ROUNDS = PBKDF2PasswordHasher(), 1_000
ERRORS_KEPT = 2_000
State = PeopleImport.State


def upload(*, kind: str, file: File | IO[bytes], name: str, by: Post) -> PeopleImport:
    """读入表格 and check it: at once, or as a job where it is long.

    Raises: Refused 403 without the right; 413, 422 a file that is no table; 422 more rows than fit, or none.
    """
    require(by, RIGHTS[kind])
    table = sheets.read_table(file, max_bytes=MAX_BYTES)
    words = headings(kind)
    found = PeopleImport(
        kind=kind,
        owner_id=by.person_id,
        file_name=name[-120:],
        created_at=timezone.now(),
        state=State.CHECKING,
    )
    rows: list[list[Any]] = []
    for number, cells in table.rows:
        pairs = zip(table.header, cells, strict=True)
        rows.append([number, {words[head]: cell.strip() for head, cell in pairs if head in words}])
        if len(rows) > MOST:
            sentence = _("一次最多导入 %(most)d 行，请分成几个文件。") % {"most": MOST}
            raise Refused(sentence, field="file", code="too_long")
    faults = rules_import.headings_faults(kind, table.header, words)
    faults += [rules_import.Fault(bad.row, bad.column, bad.sentence, bad.values) for bad in table.faults]
    if not rows and not faults:
        raise Refused(_("表格里只有表头，没有内容。"), field="file", code="empty")
    found.rows, found.total = json.dumps(rows, ensure_ascii=False), len(rows)
    with transaction.atomic():
        if faults:
            _conclude(found, faults, {})
        found.save()
        if not faults and len(rows) > CHECK_AT_ONCE:
            _later(found, "check", by)
    if not faults and len(rows) <= CHECK_AT_ONCE:
        check(found, by)
    return found


def check(found: PeopleImport, by: Post) -> PeopleImport:
    """检查: every fault of every row, or what would be created and changed."""
    rows = rows_of(found)
    faults = rules_import.check(found.kind, rows, known_for(found.kind, rows, by))
    _conclude(found, faults, {} if faults else plan_of(found.kind, rows))
    found.save(update_fields=["state", "errors", "plan", "rows", "ended_at"])
    return found


def confirm(*, found: PeopleImport, by: Post) -> PeopleImport:
    """确认导入. What changed since the preview is checked again; all rows count or none.

    Raises: Refused 403 without the right; 409 if it does not wait for this.
    """
    require(by, RIGHTS[found.kind])
    waiting = PeopleImport.objects.filter(pk=found.pk, state=State.READY, owner=by.person_id)
    with transaction.atomic():
        if not waiting.update(state=State.RUNNING):
            raise Refused(_("这次导入已经办过或放弃了，请重新上传。"), status=409, code="not_waiting")
        found.refresh_from_db()
        heavy = found.plan.get("create", 0) if found.kind == "people" else found.total
        if heavy > AT_ONCE[found.kind]:
            _later(found, "apply", by)
            return found
    return apply(found, by)


def give_up(*, found: PeopleImport, by: Post) -> None:
    """放弃: nothing was written, the rows are forgotten."""
    PeopleImport.objects.filter(
        pk=found.pk, owner=by.person_id, state__in=[State.READY, State.WRONG, State.CHECKING]
    ).update(state=State.GIVEN_UP, rows="", ended_at=timezone.now())


def silent(done: int, total: int, step: str) -> None:
    """For whoever waits."""


def let_go(import_id: str, sentence: str) -> None:
    """The job ended without having done its work; what was read may be confirmed again. sentence: why, «» if stopped."""
    with transaction.atomic():
        found = PeopleImport.objects.select_for_update().get(pk=import_id)
        if found.state == State.RUNNING:
            found.state = State.READY
        elif found.state == State.CHECKING and not sentence:
            found.state, found.rows, found.ended_at = State.GIVEN_UP, "", timezone.now()
        elif found.state == State.CHECKING:
            found.state, found.rows, found.ended_at = State.WRONG, "", timezone.now()
            found.errors, found.plan = [[0, "", sentence]], {"errors": 1}
        found.save()


def stop(*, found: PeopleImport, by: Post) -> None:
    """停止: nothing is written. Raises: Refused 409, if no job is at it."""
    if found.state not in (State.CHECKING, State.RUNNING) or not found.job:
        raise Refused(_("这次导入没有在进行。"), status=409, code="not_running")
    jobs.cancel(found.job)


def apply(found: PeopleImport, by: Post, tell: jobs.Tell = silent) -> PeopleImport:
    """Write all rows in one transaction. A row that cannot stand any more takes all back and is told."""
    rows = rows_of(found)
    faults = rules_import.check(found.kind, rows, known_for(found.kind, rows, by))
    if faults:
        _conclude(found, faults, {})
        found.save()
        return found
    given = _passwords(found, rows, tell)
    at_row = 0
    try:
        with transaction.atomic():
            ordered = rules_import.parents_first(rows) if found.kind == "departments" else rows
            for done, (number, row) in enumerate(ordered):
                at_row = number
                tell(done, len(rows), _("写入"))
                WRITERS[found.kind](row, by, given)
            counted = {
                "rows": len(rows),
                **{key: found.plan.get(key, 0) for key in ("create", "change", "same")},
            }
            record(by, f"import {found.kind} {found.pk}", None, counted, timezone.now())
            found.state, found.rows, found.ended_at = State.DONE, "", timezone.now()
            secrets = {name: plain for name, (plain, _hash) in given.items()}
            found.passwords = json.dumps(secrets, ensure_ascii=False) if secrets else ""
            found.save()
    except Refused as refusal:
        headings_by_field = {column.name: column.heading for column in rules_import.COLUMNS[found.kind]}
        column = headings_by_field.get(refusal.field, "")
        _conclude(found, [rules_import.Fault(at_row, column, refusal.said(_))], {})
        found.save()
    return found


def fetch_passwords(*, found: PeopleImport, by: Post) -> bytes:
    """取走初始密码 as a workbook, once; nothing keeps them afterwards.

    Raises: Refused 404 for anybody but the importer; 410 if they were fetched.
    """
    with transaction.atomic():
        row = PeopleImport.objects.select_for_update().filter(pk=found.pk, owner=by.person_id).first()
        if row is None:
            raise Refused(_("没有找到这次导入。"), status=404, code="no_import")
        if not row.passwords:
            sentence = _("初始密码已经取走过一次，不再保存。谁没有拿到，请安全管理员给他重置密码。")
            raise Refused(sentence, status=410, code="fetched")
        secrets: dict[str, str] = json.loads(row.passwords)
        names = dict(Person.objects.filter(username__in=secrets).values_list("username", "name"))
        file = BytesIO()
        sheets.write_xlsx(
            file,
            [_("用户名"), _("姓名"), _("初始密码")],
            [[username, names.get(username, ""), word] for username, word in secrets.items()],
            title=_("初始密码"),
        )
        row.passwords, row.fetched_at = "", timezone.now()
        row.save(update_fields=["passwords", "fetched_at"])
        record(by, f"import passwords {row.pk}", None, {"count": len(secrets)}, timezone.now())
    return file.getvalue()


def headings(kind: str) -> dict[str, str]:
    """Heading → field: in Chinese, and in the language of who imports."""
    columns = rules_import.COLUMNS[kind]
    return {word: column.name for column in columns for word in (column.heading, _(column.heading))}


def rows_of(found: PeopleImport) -> list[rules_import.Row]:
    """The rows as they were read."""
    return [(number, row) for number, row in json.loads(found.rows or "[]")]


def _later(found: PeopleImport, what: str, by: Post) -> None:
    from xiucheng.people import jobs as tasks  # it needs these actions

    label = _("导入%(kind)s：%(file)s") % {"kind": found.get_kind_display(), "file": found.file_name}
    job = jobs.track(
        tasks.run_import,
        label=label,
        total=found.total,
        owner=by.person_id,
        import_id=str(found.pk),
        what=what,
        post_id=by.pk,
        language=get_language() or "zh-hans",
    )
    PeopleImport.objects.filter(pk=found.pk).update(job=UUID(str(job.pk)))
    found.job = job.pk


def _conclude(found: PeopleImport, faults: list[rules_import.Fault], plan: dict[str, Any]) -> None:
    """WRONG with the faults in words, or READY with the plan."""
    found.state = State.WRONG if faults else State.READY
    found.errors = [
        [bad.row, bad.column, _(bad.sentence).format(**bad.values)] for bad in faults[:ERRORS_KEPT]
    ]
    found.plan = {"errors": len(faults)} if faults else plan
    if faults:
        found.rows, found.ended_at = "", timezone.now()


def _passwords(
    found: PeopleImport, rows: list[rules_import.Row], tell: jobs.Tell
) -> dict[str, tuple[str, str]]:
    """Username → (password, hash) of those to be created."""
    if found.kind != "people":
        return {}
    names = [row["username"] for _number, row in rows]
    there = set(Person.objects.filter(username__in=names).values_list("username", flat=True))
    given = {}
    for done, name in enumerate((name for name in names if name not in there), start=1):
        plain = generate_password()
        given[name] = (plain, QUICK.encode(plain, QUICK.salt(), iterations=QUICK_ROUNDS))
        tell(done, len(names), _("生成初始密码"))
    return given


def _write_person(row: Mapping[str, str], by: Post, given: Mapping[str, tuple[str, str]]) -> None:
    username, at = row["username"], timezone.now()
    if username not in given:
        person = Person.objects.get(username=username)
        phone = row.get("phone", "") or person.phone
        edit_person(person=person, name=row["name"], phone=phone, by=by)
        return
    Person.objects.create(
        username=Person.normalize_username(username),
        name=row["name"],
        phone=normal_phone(row.get("phone", "")),
        password=given[username][1],
        must_change_password=True,
        password_changed_at=at,
    )
    record(by, f"person {username}", None, {"active": True}, at)


def _write_department(row: Mapping[str, str], by: Post, _given: Mapping[str, Any]) -> None:
    code = row["code"].upper()
    there = Department.objects.filter(code=code).first()
    parent = row.get("parent", "").upper()
    values: dict[str, Any] = {
        "code": code,
        "name": row["name"],
        "short": row.get("short", ""),
        "kind": row.get("kind", ""),
        "division_code": row["division_code"],
        "level": queries.level_words()[row["level"]],
        "parent": Department.objects.get(code=parent) if parent else None,
        "is_command_centre": bool(rules_import.truth(row.get("is_command_centre", ""))),
        "is_fallback": bool(rules_import.truth(row.get("is_fallback", ""))),
    }
    if there is None:
        create_department(by=by, **values)
    else:
        edit_department(department=there, by=by, **values)


def _write_post(row: Mapping[str, str], by: Post, _given: Mapping[str, Any]) -> None:
    codes = rules_import.many(row.get("scope_codes", ""))
    counties = {code[:6] for code in codes}
    names = rules_import.many(row.get("beats", ""))
    beats = [
        beat
        for beat in Beat.objects.filter(name__in=names, active=True)
        if any(beat.county_id.startswith(county) for county in counties)
    ]
    create_post(
        person=Person.objects.get(username=row["username"]),
        role=queries.role_words()[row["role"]],
        department=queries.department_named(row.get("department", "")),
        scope_codes=codes,
        title=row.get("title", ""),
        is_head=bool(rules_import.truth(row.get("is_head", ""))),
        beats=beats,
        valid_from=rules_import.day(row.get("valid_from", "")),
        valid_to=rules_import.day(row.get("valid_to", "")),
        by=by,
    )


WRITERS: dict[str, Callable[[Mapping[str, str], Post, Mapping[str, Any]], None]] = {
    "people": _write_person,
    "departments": _write_department,
    "posts": _write_post,
}
