"""Tables of the closed loop. Rows of Case, Leg, Clock, Request, Evidence are the fold of the ledger's events:
only `store.py` writes them, and `rebuild_cases --check` compares them with the events.

Foreign keys to people use PROTECT: history holds them. `Case` has no `objects`: forgetting the scope fails closed.
"""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.gis.db.models import PointField
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from xiucheng.cases.words import (
    CHANNEL_NAMES,
    CLOCK_NAMES,
    LEG_NAMES,
    OPEN_LEGS,
    STAGE_NAMES,
    STEP_NAMES,
    WISH_NAMES,
    Channel,
    LegStage,
    Step,
)
from xiucheng.kernel.crypto import EncryptedText
from xiucheng.kernel.models.ledger import LedgerEvent
from xiucheng.people.models import Post, ScopedQuerySet, inside


def choices(names: Mapping[Any, str]) -> list[tuple[str, Any]]:
    return [(str(key), _(name)) for key, name in names.items()]


class CaseQuerySet(ScopedQuerySet["Case"]):
    def seen_by(self, post: Post | None) -> "CaseQuerySet":
        """Only what this post may see; nobody sees nothing.

        Place: the case lies in the post's divisions, or within the border distance of one of its counties.
        A department sees its own legs only, a 网格员 also what he reported and may solve himself (自处置); an
        inspector also the tasks that were drawn for him next door.
        """
        if post is None or not post.rights & VIEWERS:
            return self.none()
        place = inside(post.scope_codes)
        counties = [code for code in post.scope_codes if len(code) == 6]
        if counties:
            place |= Q(near__overlap=counties)
        if post.role == "grid_worker":  # a union, because OR would keep PostgreSQL from joining
            legs = Leg.unscoped.filter(department=post.department_id).exclude(state=LegStage.RETURNED)
            own = Case.unscoped.filter(reported_by=post.person_id, channel=Channel.GRID_WORKER)
            return self.filter(place, pk__in=legs.values("case").union(own.values("pk")))
        if post.department_only:
            return self.filter(place, Exists(Leg.unscoped.held_by(post.department_id)))
        if post.role == "inspector":
            place |= Q(assignee=post.pk)
        return self.filter(place)

    def open(self) -> "CaseQuerySet":
        return self.filter(ended_at__isnull=True)


VIEWERS = frozenset({"view_cases"})


class Reporter(models.Model):
    """Who reported: personal data, encrypted, apart from the case, never in an event (design.md §3, security.md §4)."""

    name = EncryptedText(blank=True, default="")
    phone = EncryptedText(blank=True, default="")
    # A keyed hash, so that a number can be found without being read.
    phone_index = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["phone_index"], condition=Q(phone_index__gt=""), name="reporter_phone")
        ]

    def __str__(self) -> str:
        return f"reporter {self.pk}"


class Case(models.Model):
    """One problem, from report to close. Mirrors `state.CaseState`."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    number = models.CharField(_("受理号"), max_length=24, unique=True)
    case_number = models.CharField(_("案件编号"), max_length=24, unique=True, null=True)
    stage = models.CharField(_("环节"), max_length=16, choices=choices(STAGE_NAMES))
    channel = models.CharField(_("来源"), max_length=16, choices=choices(CHANNEL_NAMES))
    reported_at = models.DateTimeField(_("上报时间"))
    description = models.TextField(_("问题描述"))
    address = models.TextField(_("地址"), blank=True, default="")
    lon_e7 = models.IntegerField()  # 1e-7 degree, CGCS2000 (EPSG:4490): exact, as in the ledger
    lat_e7 = models.IntegerField()
    point = models.GeneratedField(
        expression=models.Func(
            models.Func(
                F("lon_e7") / models.Value(1e7),
                F("lat_e7") / models.Value(1e7),
                function="ST_MakePoint",
            ),
            models.Value(4490),
            function="ST_SetSRID",
            output_field=PointField(srid=4490),
        ),
        output_field=PointField(srid=4490),
        db_persist=True,
    )
    imprecise = models.BooleanField(_("位置不精确"), default=False)
    county = models.CharField(_("区县"), max_length=6)
    township = models.CharField(_("街道"), max_length=9, null=True)
    community = models.CharField(_("社区"), max_length=12, null=True)
    unit_grid = models.CharField(_("单元网格"), max_length=15, null=True)
    beat = models.BigIntegerField(null=True)
    near = ArrayField(models.CharField(max_length=6), default=list)
    grade = models.CharField(max_length=3, default="ALL")
    reporter = models.ForeignKey(Reporter, models.PROTECT, null=True, related_name="+")
    reported_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    category = models.CharField(_("类别"), max_length=48, blank=True, default="")
    standard = models.ForeignKey("catalog.Standard", models.PROTECT, null=True, related_name="+")
    component_code = models.CharField(_("部件标识码"), max_length=17, blank=True, default="")
    urgent = models.BooleanField(_("紧急"), default=False)
    verified = models.BooleanField(null=True)
    checked = models.BooleanField(null=True)
    self_handled = models.BooleanField(_("自处置"), default=False)
    accepted_at = models.DateTimeField(null=True)
    filed_at = models.DateTimeField(_("立案时间"), null=True)
    dispatched_at = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(_("结案时间"), null=True)
    ended_at = models.DateTimeField(null=True)
    assignee = models.ForeignKey("people.Post", models.PROTECT, null=True, related_name="+")
    checkers = ArrayField(models.BigIntegerField(), default=list)
    charged_checker = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    supervision = ArrayField(models.BigIntegerField(), default=list)
    command = ArrayField(models.BigIntegerField(), default=list)
    handlers = ArrayField(models.BigIntegerField(), default=list)
    departments = ArrayField(models.BigIntegerField(), default=list)
    returns = models.SmallIntegerField(default=0)
    disputed = models.BooleanField(default=False)
    ruled_department = models.ForeignKey("people.Department", models.PROTECT, null=True, related_name="+")
    centre = models.ForeignKey("people.Department", models.PROTECT, null=True, related_name="+")
    reworks = models.SmallIntegerField(default=0)
    reopened = models.SmallIntegerField(default=0)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    stage_before_merge = models.CharField(max_length=16, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    rating = models.CharField(max_length=12, blank=True, default="")
    public_words = models.TextField(null=True)
    head_seq = models.IntegerField()
    head_hash = models.BinaryField(max_length=32)
    due_at = models.DateTimeField(_("到期"), null=True)  # the earliest running clock but 结案期限

    unscoped = CaseQuerySet.as_manager()

    class Meta:
        default_manager_name = "unscoped"
        base_manager_name = "unscoped"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    lon_e7__range=(-1_800_000_000, 1_800_000_000), lat_e7__range=(-900_000_000, 900_000_000)
                ),
                name="case_on_earth",
            ),
        ]
        # One column, one index a level, open cases only (measured.md, advice 6).
        indexes: ClassVar = [
            *(
                models.Index(
                    fields=[level, "stage", "due_at", "id"],
                    condition=Q(ended_at__isnull=True),
                    name=f"case_open_{level}",
                )
                for level in ("county", "township", "community")
            ),
            models.Index(fields=["county", "-reported_at", "-id"], name="case_county_time"),
            models.Index(fields=["township", "-reported_at", "-id"], name="case_township_time"),
            models.Index(fields=["community", "-reported_at", "-id"], name="case_community_time"),
            models.Index(fields=["-reported_at", "-id"], name="case_time"),
            models.Index(fields=["assignee"], condition=Q(assignee__isnull=False), name="case_assignee"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="case_merged"),
            models.Index(fields=["reporter"], name="case_reporter"),
            GistIndex(fields=["point"], condition=Q(ended_at__isnull=True), name="case_open_point"),
            GinIndex(fields=["near"], name="case_near"),
        ]

    def __str__(self) -> str:
        return self.case_number or self.number

    @classmethod
    def seen_by(cls, post: Post | None) -> CaseQuerySet:
        return cls.unscoped.seen_by(post)

    def after_merges(self) -> "Case":
        """The case that this one is handled with, at the end of the merges; itself, if it was not merged."""
        case = self
        while case.merged_into_id:
            case = Case.unscoped.get(pk=case.merged_into_id)
        return case


class CaseEvent(LedgerEvent):
    """One immutable step of a case; `chain` is the case's id. A trigger refuses UPDATE, DELETE, TRUNCATE."""

    kind = models.CharField(max_length=8)  # staff, reporter, system
    post = models.ForeignKey("people.Post", models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=16, blank=True, default="")
    department = models.ForeignKey("people.Department", models.PROTECT, null=True, related_name="+")

    signed_columns = ("kind", "post_id", "person_id", "role", "department_id")

    unscoped = models.Manager["CaseEvent"]()

    class Meta(LedgerEvent.Meta):
        default_manager_name = "unscoped"
        indexes: ClassVar = [models.Index(fields=["at"], name="caseevent_at")]

    def get_step_display(self) -> str:
        return str(_(STEP_NAMES[Step(self.step)]))


class LegQuerySet(models.QuerySet["Leg"]):
    def held_by(self, department: int | None) -> "LegQuerySet":
        """Legs of the outer case that this department holds or held and did not return."""
        return self.filter(case=OuterRef("pk"), department=department).exclude(state=LegStage.RETURNED)


class Leg(models.Model):
    """One department's part of a case. Mirrors `state.LegState`."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    index = models.SmallIntegerField()
    department = models.ForeignKey("people.Department", models.PROTECT, related_name="+")
    lead = models.BooleanField()
    state = models.CharField(max_length=12, choices=choices(LEG_NAMES))
    sent_at = models.DateTimeField()
    centre = models.ForeignKey("people.Department", models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    extensions = models.SmallIntegerField(default=0)
    suspensions = models.SmallIntegerField(default=0)
    reworks = models.SmallIntegerField(default=0)
    wrong = models.BooleanField(default=False)
    overdue = models.BooleanField(default=False)
    excused = models.BooleanField(default=False)

    unscoped = LegQuerySet.as_manager()

    class Meta:
        default_manager_name = "unscoped"
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "index"], name="leg_once")]
        indexes: ClassVar = [
            models.Index(fields=["department", "case"], name="leg_department"),
            models.Index(
                fields=["department", "state"],
                condition=Q(state__in=sorted(leg.value for leg in OPEN_LEGS)),
                name="leg_open",
            ),
            models.Index(fields=["until"], condition=Q(until__isnull=False), name="leg_until"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.index}"


class Clock(models.Model):
    """A running or finished limit. Mirrors `state.ClockState`."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    index = models.SmallIntegerField()
    kind = models.CharField(max_length=12, choices=choices(CLOCK_NAMES))
    leg = models.SmallIntegerField(null=True)
    amount = models.CharField(max_length=40)
    unit = models.CharField(max_length=8)
    season = models.CharField(max_length=40, blank=True, default="")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    base_at = models.DateTimeField()
    base_left = models.CharField(max_length=80)
    provisional = models.BooleanField(default=False)
    paused_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    left = models.CharField(max_length=80, blank=True, default="")
    extended = models.SmallIntegerField(default=0)
    pauses = models.JSONField(default=list)  # [[from, to], …] canonical stamps
    overdue = models.BooleanField(default=False)
    reminded = models.SmallIntegerField(default=0)
    remind_at = models.DateTimeField(null=True)

    unscoped = models.Manager["Clock"]()

    class Meta:
        default_manager_name = "unscoped"
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "index"], name="clock_once")]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=Q(stopped_at__isnull=True, paused_at__isnull=True),
                name="clock_running",
            ),
            models.Index(fields=["remind_at"], condition=Q(remind_at__isnull=False), name="clock_remind"),
            models.Index(
                fields=["case"],
                condition=Q(provisional=True, stopped_at__isnull=True),
                name="clock_provisional",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.kind}"


class Request(models.Model):
    """What somebody asked for and another decides. Mirrors `state.WishState`."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    index = models.SmallIntegerField()
    kind = models.CharField(max_length=12, choices=choices(WISH_NAMES))
    state = models.CharField(max_length=12)
    awaits = models.CharField(max_length=16, blank=True, default="")
    leg = models.SmallIntegerField(null=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    reviewed_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, default="")
    answer = models.TextField(blank=True, default="")
    level = models.CharField(max_length=8, blank=True, default="")

    unscoped = models.Manager["Request"]()

    class Meta:
        default_manager_name = "unscoped"
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "index"], name="request_once")]
        indexes: ClassVar = [
            models.Index(fields=["awaits", "kind"], condition=Q(awaits__gt=""), name="request_open"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.kind}"


class CaseFile(models.Model):
    """A photo or file of a case and what it shows. Mirrors `state.Evidence`."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    index = models.SmallIntegerField()
    file = models.ForeignKey("kernel.StoredFile", models.PROTECT, related_name="+")
    seq = models.IntegerField()
    purpose = models.CharField(max_length=12)
    released = models.BooleanField(default=False)

    unscoped = models.Manager["CaseFile"]()

    class Meta:
        default_manager_name = "unscoped"
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "index"], name="casefile_once")]
        indexes: ClassVar = [models.Index(fields=["file"], name="casefile_file")]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.purpose}"


class Receipt(models.Model):
    """That a report was received: one row a client-made UUID; a retry finds it and gets the same answer.

    `digest` is the keyed hash of what was sent: the same UUID with other content is refused.
    """

    uuid = models.UUIDField(primary_key=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    answer = models.JSONField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.uuid)


class Notice(models.Model):
    """A message about a case: to a reporter, a department or a post. `msgid` with `values` keeps it translatable."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    reporter = models.ForeignKey(Reporter, models.PROTECT, null=True, related_name="+")
    department = models.ForeignKey(
        "people.Department", models.PROTECT, null=True, related_name="+", db_index=False
    )
    post = models.ForeignKey("people.Post", models.PROTECT, null=True, related_name="+", db_index=False)
    msgid = models.TextField()
    values = models.JSONField(default=dict)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["case"], name="notice_case"),
            models.Index(
                fields=["department", "-at"], condition=Q(read_at__isnull=True), name="notice_department"
            ),
            models.Index(fields=["post", "-at"], condition=Q(read_at__isnull=True), name="notice_post"),
            # With those already read; most messages are to reporters, and stand in none of these.
            models.Index(
                fields=["department", "-at"],
                condition=Q(department__isnull=False),
                name="notice_department_all",
            ),
            models.Index(fields=["post", "-at"], condition=Q(post__isnull=False), name="notice_post_all"),
        ]

    def __str__(self) -> str:
        return self.msgid
