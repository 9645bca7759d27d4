"""What the pages of this room share: forms of a report, photos, choosing a place without a map."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiucheng.cases import queries
from xiucheng.cases.forms import PhotosField
from xiucheng.cases.pages.names import with_more
from xiucheng.cases.questions import Questions, leading_key
from xiucheng.catalog import extra
from xiucheng.catalog import queries as catalog
from xiucheng.kernel import settings
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.faces import own_address, refuse
from xiucheng.kernel.files import actions as files
from xiucheng.kernel.models import StoredFile
from xiucheng.territory import queries as territory

E7 = 10_000_000
DESCRIPTION_MAX = 5000
NEARBY_SHOWN = 3
# What citizens report most, in their words; a key without a standard means the one in force.
CHIPS = (
    ("matter/01003", gettext_lazy("井盖缺损")),
    ("matter/06013", gettext_lazy("路面破损")),
    ("matter/01037", gettext_lazy("路灯不亮")),
    ("matter/06010", gettext_lazy("垃圾堆放")),
    ("matter/09006", gettext_lazy("占道经营")),
    ("matter/09009", gettext_lazy("车辆乱停")),
)


NO_PLACE = {"invalid": gettext_lazy("经纬度不是数字。请用手机的位置，或在地图上重新点一下。")}


class ReportForm(Questions):
    """A report as typed. The same declaration serves the citizen's page and the call-taker's."""

    uuid = forms.UUIDField(error_messages={"invalid": gettext_lazy("表单编号不对，请刷新页面后重新填写。")})
    description = forms.CharField(
        max_length=DESCRIPTION_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        label=gettext_lazy("什么事"),
        error_messages={
            "required": gettext_lazy("请写一句是什么事。"),
            "max_length": gettext_lazy("描述最多 5000 字，请写得简短一些。"),
        },
    )
    address = forms.CharField(
        max_length=256,
        required=False,
        label=gettext_lazy("地点怎么说"),
        error_messages={"max_length": gettext_lazy("地点最多 256 字。")},
    )
    category = forms.CharField(
        required=False,
        max_length=120,
        label=gettext_lazy("类别"),
        error_messages={"max_length": gettext_lazy("没有这样的类别，请从列表中选择，或者不选。")},
    )
    longitude = forms.FloatField(required=False, widget=forms.HiddenInput, error_messages=NO_PLACE)
    latitude = forms.FloatField(required=False, widget=forms.HiddenInput, error_messages=NO_PLACE)
    county = forms.CharField(required=False, max_length=6)
    township = forms.CharField(required=False, max_length=9)
    community = forms.CharField(required=False, max_length=12)
    side = forms.CharField(required=False, max_length=6)
    same_as = forms.CharField(required=False, max_length=24)
    reporter_name = forms.CharField(
        required=False,
        max_length=60,
        label=gettext_lazy("怎么称呼"),
        error_messages={"max_length": gettext_lazy("称呼最多 60 字。")},
    )
    reporter_phone = forms.CharField(
        required=False,
        max_length=40,
        label=gettext_lazy("电话"),
        error_messages={"max_length": gettext_lazy("电话号码看起来不对，请核对；也可以不填。")},
    )
    photos = PhotosField(required=False, label=gettext_lazy("照片"))
    unpublished = forms.BooleanField(required=False, label=gettext_lazy("不要公开我写的和拍的"))
    public_words = forms.CharField(
        required=False,
        max_length=DESCRIPTION_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        label=gettext_lazy("公开的文字"),
        error_messages={"max_length": gettext_lazy("公开的文字最多 5000 字，请写得简短一些。")},
    )
    photo_boxes = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)

    def clean_category(self) -> str:
        """A full key, or nothing. «matter/01001 供水井盖异常» is taken too: the list offers code and name."""
        text = self.cleaned_data["category"].strip()
        if not text:
            return ""
        try:
            return catalog.parse_category(leading_key(text)).key
        except Refused as refusal:
            raise forms.ValidationError(refusal.said(_)) from None

    def clean_reporter_phone(self) -> str:
        phone = self.cleaned_data["reporter_phone"].strip()
        digits = [sign for sign in phone if sign.isdigit()]
        if phone and (len(digits) < 5 or len(digits) > 20):
            raise forms.ValidationError(_("电话号码看起来不对，请核对；也可以不填。"))
        return phone

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        placed = given.get("longitude") is not None and given.get("latitude") is not None
        if not placed and not given.get("county") and not {"longitude", "latitude"} & self.errors.keys():
            self.add_error(
                "longitude", _("请告诉我们在哪里：用手机的位置、在地图上点一下，或按街道、社区选择。")
            )
        self.clean_extra(given)
        return given

    def __init__(self, *args: Any, door: str = extra.Door.CITIZEN, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.door = door
        self.ask(extra.fields_at(door))

    def clean_extra(self, given: dict[str, Any]) -> None:
        """Only the questions of the chosen category are read; what is wrong stands beside its field."""
        given["extra"] = {}
        for field in extra.fields_of(given.get("category", ""), self.door):
            try:
                if value := extra.answer(field, str(given.get(field.name) or "")):
                    given["extra"][field.key] = value
            except Refused as refusal:
                self.add_error(field.name, refusal.said(_))

    @property
    def unseen(self) -> list[forms.BoundField]:
        """Fields that no place of the page shows an error for."""
        return [self[name] for name in ("uuid", "township", "community", "same_as")]

    @property
    def division(self) -> str:
        """The finest division chosen from the lists."""
        given = self.cleaned_data
        return given.get("community") or given.get("township") or given.get("county") or ""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a report says it is, degrees CGCS2000; `near` are sides to ask about."""

    lon: float
    lat: float
    imprecise: bool
    county: str
    near: list[dict[str, str]]


def spot_of(form: ReportForm) -> Spot:
    """The place of a valid form, from the pin or from the lists. Raises: Refused 422 with the field."""
    given = form.cleaned_data
    lon, lat = given["longitude"], given["latitude"]
    if lon is None or lat is None:
        chosen = territory.division_at_choice(form.division)
        return Spot(chosen.lon, chosen.lat, True, chosen.place.county, [])
    place = territory.locate(lon, lat, on=timezone.localdate(), border_m=settings.get("territory.border_m"))
    sides = [place.county, *place.near] if place.near else []
    names = county_names() if sides else {}
    return Spot(
        lon, lat, False, place.county, [{"code": code, "name": names.get(code, code)} for code in sides]
    )


def county_names() -> dict[str, str]:
    """Codes and names of the city's counties."""
    return {choice.code: choice.name for choice in territory.children()}


def division_levels(form: forms.Form | dict[str, str]) -> list[dict[str, Any]]:
    """The choosers of a place without a map: each level appears once the one above it is chosen."""
    value = form.get if isinstance(form, dict) else lambda name, default="": form[name].value() or default
    labels = {"county": _("区县"), "township": _("街道、乡镇"), "community": _("社区、村")}
    levels, parent = [], ""
    for name, label in labels.items():
        chosen = str(value(name, "") or "")
        if parent and not chosen.startswith(parent):
            chosen = ""
        levels.append({"name": name, "label": label, "choices": territory.children(parent), "chosen": chosen})
        if not chosen:
            break
        parent = chosen
    return levels


def chips() -> list[dict[str, str]]:
    """The few frequent categories, said in words."""
    found = [
        (catalog.category("", kind, code), words)
        for key, words in CHIPS
        for kind, _slash, code in [key.partition("/")]
    ]
    return [{"value": row.key, "words": str(words)} for row, words in found if row]


def nearby(lon: float, lat: float) -> list[dict[str, Any]]:
    """Open reports within the merging radius: kind, distance and time only; words and persons stay inside."""
    radius = settings.get("cases.merge_radius_m")
    found = queries.nearby(lon, lat, public=True, radius_m=radius, limit=NEARBY_SHOWN)
    return [
        {
            "number": row.case.number,
            "metres": metres,
            "at": row.case.reported_at,
            "words": catalog.category_name(row.case.category) or _("一个问题"),
        }
        for row, metres in found
    ]


def stored(uploads: Sequence[UploadedFile]) -> list[StoredFile]:
    """Photos, judged and stored. Raises: Refused 413 or 422, saying what is wrong with the first bad one."""
    return [files.store(upload) for upload in uploads]


def errors_of(form: forms.Form) -> dict[str, list[str]]:
    """What is wrong, by field, for the island that shows it."""
    return {name: [str(sentence) for sentence in sentences] for name, sentences in form.errors.items()}


def add_refusal(form: forms.Form, refusal: Refused) -> int:
    """Put a refusal beside its field, or above the form. Returns its status."""
    names = {
        "county": "side",
        "lon": "longitude",
        "lat": "latitude",
        "division": "county",
        "boxes": "photo_boxes",
    }
    return refuse(form, refusal, known=names)


def new_uuid() -> str:
    return str(uuid4())


def category_choices(kinds: Iterable[str] = ("matter", "component")) -> list[tuple[str, str]]:
    """Every category in force for a search field: key and name; matters first."""
    rows = [row for kind in kinds for row in catalog.categories(kind=kind)]
    return [(f"{row.kind}/{row.code}", with_more(row.name, row.class_name)) for row in rows]


def way_back(request: HttpRequest, fallback: str) -> str:
    """Where a form was opened from."""
    return own_address(request, request.POST.get("back") or request.GET.get("back") or "") or fallback
