"""The case itself and the query set that carries its scope."""

from typing import ClassVar
from uuid import uuid4

from django.contrib.gis.db.models import PointField
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models import Exists, F, Q
from django.utils.translation import gettext_lazy as _

from xiucheng.cases.models.names import choices
from xiucheng.cases.models.parts import Leg
from xiucheng.cases.words import CHANNEL_NAMES, STAGE_NAMES, Channel, LegStage
from xiucheng.people.models import Post, ScopedQuerySet, inside

VIEWERS = frozenset({"view_cases"})
AT_BORDER = ~Q(near=[])  # said beside `near__overlap`, for the index that holds only these


def counties_of(post: Post) -> list[str]:
    return [code for code in post.scope_codes if len(code) == 6]


def in_place_of(post: Post) -> Q:
    """The case lies in the post's divisions, or within the border distance of one of its counties."""
    place = inside(post.scope_codes)
    counties = counties_of(post)
    return place | Q(near__overlap=counties) if counties else place


class CaseQuerySet(ScopedQuerySet["Case"]):
    def seen_by(self, post: Post | None, *, each: bool = False) -> "CaseQuerySet":
        """Only what this post may see; nobody sees nothing.

        Place: the case lies in the post's divisions, or within the border distance of one of its counties.
        A department sees its own legs only, a 网格员 also what he reported and may solve himself (自处置); an
        inspector also the tasks that were drawn for him next door.

        each: for a set that is asked about one case at a time, by EXISTS: nothing is collected first.
        """
        if post is None or not post.rights & VIEWERS:
            return self.none()
        place = in_place_of(post)
        if post.role == "grid_worker" and each:
            own_report = Q(reported_by=post.person_id, channel=Channel.GRID_WORKER)
            return self.filter(place, own_report | Q(Exists(Leg.unscoped.held_by(post.department_id))))
        if post.role == "grid_worker":  # a union, because OR would keep PostgreSQL from joining
            legs = Leg.unscoped.filter(department=post.department_id).exclude(state=LegStage.RETURNED)
            own = Case.unscoped.filter(reported_by=post.person_id, channel=Channel.GRID_WORKER)
            return self.filter(place, pk__in=legs.values("case").union(own.values("pk")))
        if post.department_only:
            return self.filter(place, Exists(Leg.unscoped.held_by(post.department_id)))
        if post.role == "inspector":
            place |= Q(assignee=post.pk)
        return self.filter(place)

    def pieces_seen_by(self, post: Post | None) -> "list[CaseQuerySet]":
        """`seen_by` of a post of the centres as sets without common rows, each of which an index knows in order.

        An OR of a place, of what lies near it and of one's tasks has no index: a page of it would be read by
        sorting all of it. For handlers it is the place alone: whoever asks says whose legs he means.
        """
        if post is None or not post.rights & VIEWERS:
            return []
        if post.department_only or post.role == "grid_worker":
            return [self.filter(in_place_of(post))]
        codes = [
            code
            for code in dict.fromkeys(post.scope_codes)
            if not any(code != o and code.startswith(o) for o in post.scope_codes)
        ]
        place = inside(codes)
        found = [self.filter(inside([code])) for code in codes]
        near = Q(AT_BORDER, near__overlap=counties_of(post))
        if counties_of(post):
            found.append(self.filter(near).exclude(place))
        if post.role == "inspector":
            own = self.filter(assignee=post.pk).exclude(place)
            found.append(own.exclude(near) if counties_of(post) else own)
        return found

    def open(self) -> "CaseQuerySet":
        return self.filter(ended_at__isnull=True)


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
    reporter = models.ForeignKey(
        "cases.Reporter", models.PROTECT, null=True, related_name="+", db_index=False
    )
    reported_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    category = models.CharField(_("类别"), max_length=48, blank=True, default="")
    standard = models.ForeignKey("catalog.Standard", models.PROTECT, null=True, related_name="+")
    component_code = models.CharField(_("部件标识码"), max_length=17, blank=True, default="")
    extra = models.JSONField(_("附加项"), default=dict)
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
    assignee = models.ForeignKey("people.Post", models.PROTECT, null=True, related_name="+", db_index=False)
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
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    stage_before_merge = models.CharField(max_length=16, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    rating = models.CharField(max_length=12, blank=True, default="")
    public_words = models.TextField(null=True)
    wished_words = models.TextField(null=True)
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
        # One column, one index a level, open cases only (measured.md, advice 6). A foreign key that one of these
        # begins with has no index of its own beside it: each costs every report a write.
        indexes: ClassVar = [
            *(
                models.Index(
                    fields=[level, "stage", "due_at", "id"],
                    condition=Q(ended_at__isnull=True),
                    name=f"case_open_{level}",
                )
                for level in ("county", "township", "community")
            ),
            # A desk of the whole city, of what is urgent, of one's own reports, of what lies near the border.
            models.Index(
                fields=["stage", "due_at", "id"], condition=Q(ended_at__isnull=True), name="case_open_stage"
            ),
            models.Index(fields=["due_at", "id"], condition=Q(ended_at__isnull=True), name="case_open_due"),
            models.Index(
                fields=["due_at", "id"],
                condition=Q(ended_at__isnull=True, urgent=True),
                name="case_open_urgent",
            ),
            models.Index(
                fields=["reported_by"], condition=Q(ended_at__isnull=True), name="case_open_reported_by"
            ),
            models.Index(
                fields=["stage", "due_at", "id"],
                condition=Q(AT_BORDER, ended_at__isnull=True),
                name="case_open_border",
            ),
            GinIndex(
                fields=["departments"], condition=Q(ended_at__isnull=True), name="case_open_departments"
            ),
            models.Index(fields=["county", "-reported_at", "-id"], name="case_county_time"),
            models.Index(fields=["township", "-reported_at", "-id"], name="case_township_time"),
            models.Index(fields=["community", "-reported_at", "-id"], name="case_community_time"),
            models.Index(fields=["-reported_at", "-id"], name="case_time"),
            # Other orders of a list. The plain one of each level stands above.
            *(
                models.Index(
                    fields=fields, condition=Q(**{f"{column}__isnull": False}), name=f"case_by_{column}"
                )
                for column, fields in (
                    ("due_at", ["due_at", "id"]),
                    ("filed_at", ["-filed_at", "-id"]),
                    ("closed_at", ["-closed_at", "-id"]),
                )
            ),
            models.Index(fields=["assignee"], condition=Q(assignee__isnull=False), name="case_assignee"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="case_merged"),
            models.Index(fields=["reporter"], name="case_reporter"),
            models.Index(  # 回访, the oldest closed first
                fields=["closed_at", "id"],
                condition=Q(stage="closed", reporter__isnull=False),
                name="case_callback",
            ),
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
