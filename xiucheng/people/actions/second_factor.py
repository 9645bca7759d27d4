"""The second factor: codes by time (TOTP, RFC 6238) and recovery codes.

Standards/security.md §1 身份鉴别 [M]: two factors, one of them with cryptography. Wrong codes lock the factor as
wrong passwords lock the username; only who knows the password gets so far.
"""

import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime

import pyotp
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xiucheng.kernel.crypto import ALPHABET
from xiucheng.kernel.errors import Refused
from xiucheng.people import queries, rules
from xiucheng.people.actions._shared import record, require, require_person
from xiucheng.people.models import Person, Post, RecoveryCode, Totp

STEP = 30  # seconds
DRIFT = 1  # steps before and after: a phone's clock, and typing
CODES, CODE_LENGTH = 10, 16  # 16 of 32 characters: 80 bits, so that one fast hash is enough


def begin_totp(*, person: Person) -> Totp:
    """Begin to set up: a new secret, not yet in use. Begun again, the former secret is thrown away.

    Raises: Refused 409 if one is in use.
    """
    at = timezone.now()
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        if queries.totp_of(person):
            sentence = _("动态口令已经启用。要换手机，请先停用再重新设置。")
            raise Refused(sentence, status=409, code="in_use")
        Totp.objects.filter(person=person).delete()
        return Totp.objects.create(person=person, secret=pyotp.random_base32(), created_at=at)


def confirm_totp(*, person: Person, code: str) -> list[str]:
    """启用: the first right code proves that the phone has the secret. Returns the recovery codes, once.

    Raises: Refused 422 `code`; 429 locked; 409 if nothing was begun.
    """
    at = timezone.now()
    if not Totp.objects.filter(person=person, confirmed_at__isnull=True).exists():
        raise Refused(_("请先重新开始设置动态口令。"), status=409, code="not_begun")
    _pass(person, code, at, field="code", recovery=False)
    with transaction.atomic():
        Totp.objects.filter(person=person).update(confirmed_at=at)
        codes = _new_codes(person, at)
        record(None, f"totp {person.username}", None, {"in_use": True}, at, owner=person)
    return codes


def pass_second(*, person: Person, code: str, field: str = "otp") -> None:
    """Let pass whoever has no second factor, or gives a right code of it; each code is good once.

    Raises: Refused 422 `otp`: none given (`otp_required`), a wrong or used one (`wrong_otp`); 429 `otp_locked`.
    """
    if queries.totp_of(person) is None:
        return
    if not code.strip():
        sentence = _("这个账号启用了动态口令，请填写手机上的 6 位数字，或一个恢复码。")
        raise Refused(sentence, field=field, code="otp_required")
    _pass(person, code, timezone.now(), field=field, recovery=True)


def new_recovery_codes(*, person: Person, code: str) -> list[str]:
    """重新生成恢复码: the old ones end. Raises: Refused 422 `code`, 429."""
    pass_second(person=person, code=code, field="code")
    at = timezone.now()
    with transaction.atomic():
        codes = _new_codes(person, at)
        record(None, f"totp {person.username}", None, {"new_recovery_codes": True}, at, owner=person)
    return codes


def stop_totp(*, person: Person, code: str) -> None:
    """停用, by the owner with a code. Raises: Refused 409 if a post of his demands it; 422 `code`, 429."""
    if queries.totp_demand(queries.may_act_as(person)) == "required":
        sentence = _("您的岗位必须使用动态口令，不能停用。换手机请找安全管理员重置。")
        raise Refused(sentence, status=409, code="required")
    pass_second(person=person, code=code, field="code")
    _forget(person, None, owner=person)


def reset_totp(*, person: Person, by: Post | None) -> None:
    """重置, by a security administrator, for whoever lost the phone and the recovery codes.

    Raises: Refused 403 without the right, for oneself or beyond one's reach; 409 if there is none.
    """
    require(by, rules.Right.MANAGE_RIGHTS)
    if by is not None and by.person_id == person.pk:
        sentence = _("自己的动态口令不能自己重置，请由另一位安全管理员办理。")
        raise Refused(sentence, status=403, code="own_account")
    require_person(by, person)
    if queries.totp_of(person) is None:
        raise Refused(_("这个账号没有启用动态口令。"), status=409, code="not_in_use")
    _forget(person, by)


def secret_address(person: Person, totp: Totp) -> str:
    """The otpauth:// address for the QR code."""
    return pyotp.TOTP(totp.secret).provisioning_uri(name=person.username, issuer_name=_("绣城"))


def _pass(person: Person, code: str, at: datetime, *, field: str, recovery: bool) -> None:
    """Check one code and write down what came of it; the refusal is raised after the failure is kept."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", code[:64]).upper() if c.isalnum())
    with transaction.atomic():
        totp = Totp.objects.select_for_update().get(person=person)
        if left := totp.locked_for(at):
            minutes = max(1, -(-int(left.total_seconds()) // 60))
            raise Refused(
                _("动态口令连续输错，已锁定，请 %(minutes)d 分钟后再试。") % {"minutes": minutes},
                status=429,
                field=field,
                code="otp_locked",
                retry_after=max(1, int(left.total_seconds())),
            )
        step = _step_of(totp, plain, at)
        right = step is not None or (recovery and _use_recovery(person, plain, at))
        if right:
            totp.last_step = max(totp.last_step, step or 0)
            totp.failures, totp.locked_until = 0, None
        else:
            totp.failures += 1
            if totp.failures >= settings.AXES_FAILURE_LIMIT:
                totp.failures, totp.locked_until = 0, at + settings.AXES_COOLOFF_TIME
        totp.save(update_fields=["last_step", "failures", "locked_until"])
    if not right:
        raise Refused(
            _("动态口令不对，或者已经用过。请等手机上换了新的 6 位数字再填；也可以填一个没用过的恢复码。"),
            field=field,
            code="wrong_otp",
        )


def _step_of(totp: Totp, code: str, at: datetime) -> int | None:
    """The time step whose code this is, later than any used before; None: it is none."""
    now = int(at.timestamp()) // STEP
    maker = pyotp.TOTP(totp.secret)
    for step in range(now - DRIFT, now + DRIFT + 1):
        if step > totp.last_step and hmac.compare_digest(maker.at(step * STEP).encode(), code.encode()):
            return step
    return None


def _use_recovery(person: Person, code: str, at: datetime) -> bool:
    fresh = RecoveryCode.objects.filter(person=person, hash=_hash(code), used_at__isnull=True)
    return len(code) == CODE_LENGTH and fresh.update(used_at=at) == 1


def _new_codes(person: Person, at: datetime) -> list[str]:
    plain = ["".join(secrets.choice(ALPHABET) for _place in range(CODE_LENGTH)) for _code in range(CODES)]
    RecoveryCode.objects.filter(person=person).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(person=person, hash=_hash(code), created_at=at) for code in plain
    )
    return ["-".join(code[place : place + 4] for place in range(0, CODE_LENGTH, 4)) for code in plain]


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _forget(person: Person, by: Post | None, *, owner: Person | None = None) -> None:
    at = timezone.now()
    with transaction.atomic():
        Totp.objects.filter(person=person).delete()
        RecoveryCode.objects.filter(person=person).delete()
        record(by, f"totp {person.username}", {"in_use": True}, {"in_use": False}, at, owner=owner)
