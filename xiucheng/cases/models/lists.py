"""How people look at lists of cases: filters they keep and share, columns they chose, what they exported."""

from typing import ClassVar
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from xiucheng.people.models import Department, Person, Post


class Sharing(models.TextChoices):
    """Who else is offered a filter. The filter is shared, never the rights: everybody finds his own cases by it."""

    NOBODY = "", _("只给自己")
    DEPARTMENT = "department", _("本部门的人")
    ROLE = "role", _("同一岗位的人")
    PLACE = "place", _("管辖范围内的人")


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def offered_to(self, post: Post) -> "SavedFilterQuerySet":
        """The own ones of the person, and those shared with this post."""
        found = Q(owner=post.person_id) | Q(sharing=Sharing.ROLE, role=post.role)
        if post.department_id:
            found |= Q(sharing=Sharing.DEPARTMENT, department=post.department_id)
        codes = {
            code[:length] for code in post.scope_codes for length in (2, 4, 6, 9, 12) if len(code) >= length
        }
        if codes:
            found |= Q(sharing=Sharing.PLACE, scope_codes__overlap=sorted(codes))
        return self.filter(found)


class SavedFilter(models.Model):
    """A filter with a name. `asked` is what `queries.asked.written` makes of it; it is read again each time."""

    owner = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("建立人"))
    name = models.CharField(_("名称"), max_length=40)
    asked = models.JSONField()
    sharing = models.CharField(_("给谁用"), max_length=10, choices=Sharing, blank=True, default="")
    # Of the post that shared it, when it did.
    role = models.CharField(max_length=16, blank=True, default="")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    scope_codes = ArrayField(models.CharField(max_length=12), default=list)
    created_at = models.DateTimeField()

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["owner", "name"], name="savedfilter_once")]
        indexes: ClassVar = [
            models.Index(fields=["sharing"], condition=~Q(sharing=""), name="savedfilter_shared")
        ]

    def __str__(self) -> str:
        return self.name


class ListChoice(models.Model):
    """How a person wants the list of cases: as a table with these columns, by which filter at first."""

    person = models.OneToOneField(Person, models.CASCADE, primary_key=True, related_name="+")
    table = models.BooleanField(default=False)
    columns = ArrayField(models.CharField(max_length=20), default=list)
    first = models.ForeignKey(SavedFilter, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return str(self.person_id)


class CaseExport(models.Model):
    """One export of a list: by whom, in which post, of what, and the file it became.

    The scope is the post's when it was asked for (`scope`); whoever downloads must still hold it unchanged.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(Person, models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, related_name="+")
    scope = models.JSONField()
    asked = models.JSONField()
    columns = ArrayField(models.CharField(max_length=20))
    format = models.CharField(max_length=4, choices=[("csv", "CSV"), ("xlsx", "XLSX")])
    language = models.CharField(max_length=10)
    job = models.ForeignKey("kernel.Job", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    rows = models.BigIntegerField(null=True)
    size = models.BigIntegerField(null=True)  # bytes; empty until the file is there
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["owner", "-created_at"], name="caseexport_mine"),
            models.Index(
                fields=["expires_at"], condition=Q(expires_at__isnull=False), name="caseexport_expires"
            ),
        ]

    def __str__(self) -> str:
        return self.file

    @property
    def file(self) -> str:
        """Where the file lies in the store."""
        return f"exports/{self.id}.{self.format}"
