"""A table of people, departments or posts between its upload and its confirmation."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from xiucheng.kernel.crypto import EncryptedText
from xiucheng.people.models.organisation import Person


class PeopleImport(models.Model):
    """What was uploaded, what was found in it, and what came of it. Rows hold telephone numbers: encrypted."""

    class Kind(models.TextChoices):
        PEOPLE = "people", _("人员")
        DEPARTMENTS = "departments", _("部门")
        POSTS = "posts", _("岗位")

    class State(models.TextChoices):
        CHECKING = "checking", _("正在检查")
        WRONG = "wrong", _("有错误")
        READY = "ready", _("等待确认")
        RUNNING = "running", _("正在导入")
        DONE = "done", _("已导入")
        GIVEN_UP = "given_up", _("已放弃")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("内容"), max_length=12, choices=Kind)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.CHECKING)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("导入人"))
    file_name = models.CharField(_("文件"), max_length=120)
    created_at = models.DateTimeField(_("上传时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    rows = EncryptedText(_("行"), blank=True, default="")  # JSON: [[row number, {field: text}], …]
    total = models.PositiveIntegerField(_("行数"), default=0)
    errors = models.JSONField(_("错误"), default=list)  # [[row, column, sentence], …]
    plan = models.JSONField(_("预览"), default=dict)
    job = models.UUIDField(_("任务"), null=True, blank=True)
    passwords = EncryptedText(_("初始密码"), blank=True, default="")  # until they are fetched, once
    fetched_at = models.DateTimeField(_("密码取走时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("导入")
        verbose_name_plural = _("导入")
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.file_name}"
