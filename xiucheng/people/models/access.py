"""How somebody gets in: tokens of programs, sessions of browsers, second factors, passwords of the past."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from xiucheng.kernel.crypto import EncryptedText
from xiucheng.people.models.organisation import Person, Post


class ApiToken(models.Model):
    """A bearer token. Only the hash is kept: who reads the database cannot act with it."""

    hash = models.CharField(_("散列"), max_length=64, unique=True)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="tokens", verbose_name=_("人员")
    )
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="tokens", verbose_name=_("岗位"))
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("权限范围"))
    created_at = models.DateTimeField(_("签发时间"))
    expires_at = models.DateTimeField(_("失效时间"))
    revoked_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    last_used = models.DateTimeField(_("最近使用"), null=True, blank=True)

    class Meta:
        verbose_name = _("接口令牌")
        verbose_name_plural = _("接口令牌")
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.person} {self.created_at:%Y-%m-%d}"


class Session(AbstractBaseSession):
    """A browser that is signed in, or only passing by (`person` empty). To delete the row ends it at once.

    The columns beside the data repeat what the data says, so that a person's sessions can be listed.
    """

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="sessions", verbose_name=_("人员")
    )
    device = models.CharField(_("设备"), max_length=80, blank=True)
    address = models.CharField(_("网络地址"), max_length=45, blank=True)
    began_at = models.DateTimeField(_("登录时间"), null=True)
    seen_at = models.DateTimeField(_("最近操作"), null=True)
    door = models.CharField(_("登录方式"), max_length=10, blank=True)  # password, oidc

    class Meta:
        verbose_name = _("登录会话")
        verbose_name_plural = _("登录会话")

    def __str__(self) -> str:
        return f"{self.person} {self.device}"

    @classmethod
    def get_session_store_class(cls) -> Any:
        from xiucheng.people.sessions import SessionStore  # the store imports this model

        return SessionStore

    @property
    def public_id(self) -> str:
        """What a page may name it by; the key itself would let whoever reads the page act as its owner."""
        from xiucheng.people.sessions import public_id

        return public_id(self.session_key)


class PastPassword(models.Model):
    """The hash of a password somebody had: it may not come back too soon."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="past_passwords", verbose_name=_("人员")
    )
    hash = models.CharField(_("散列"), max_length=128)
    until = models.DateTimeField(_("用到"))

    class Meta:
        verbose_name = _("用过的密码")
        verbose_name_plural = _("用过的密码")
        ordering: ClassVar = ["-until"]

    def __str__(self) -> str:
        return f"{self.person} {self.until:%F}"


class Totp(models.Model):
    """The second factor of a person: a shared secret for codes by time (RFC 6238: SHA-1, 6 digits, 30 s)."""

    person = models.OneToOneField(
        Person, on_delete=models.PROTECT, related_name="totp", verbose_name=_("人员")
    )
    secret = EncryptedText(_("密钥"))
    created_at = models.DateTimeField(_("开始设置"))
    confirmed_at = models.DateTimeField(_("启用时间"), null=True, blank=True)
    last_step = models.BigIntegerField(_("最近用过的时间步"), default=0)  # a code is good once
    failures = models.PositiveSmallIntegerField(_("连续输错"), default=0)
    locked_until = models.DateTimeField(_("锁定到"), null=True, blank=True)

    class Meta:
        verbose_name = _("动态口令")
        verbose_name_plural = _("动态口令")

    def __str__(self) -> str:
        return str(self.person)

    def locked_for(self, at: datetime) -> timedelta | None:
        """How long it still takes no code; None: it does."""
        return self.locked_until - at if self.locked_until and self.locked_until > at else None


class RecoveryCode(models.Model):
    """A code of 80 random bits that stands in for the phone once. Only its hash is kept."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="recovery_codes", verbose_name=_("人员")
    )
    hash = models.CharField(_("散列"), max_length=64, unique=True)
    created_at = models.DateTimeField(_("生成时间"))
    used_at = models.DateTimeField(_("使用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("恢复码")
        verbose_name_plural = _("恢复码")

    def __str__(self) -> str:
        return str(self.person)
