"""Step bodies, read off the actions' signatures: a new line in `actions.STEPS` has its address at once.

What the action wants as a row (a department, an inspector, a standard, photos) the client names by id or
code; `Wanted` says how each is named, described and looked up.
"""

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import AwareDatetime, Field, create_model

from xiucheng.cases import actions
from xiucheng.cases.api import lookups
from xiucheng.cases.api.lookups import Asked
from xiucheng.cases.forms import FIELDS
from xiucheng.cases.rules.closing import RATINGS, VOID_REASONS
from xiucheng.cases.words import STEP_NAMES, Step
from xiucheng.catalog.models import Category, Standard
from xiucheng.kernel.geo import Crs
from xiucheng.kernel.models import StoredFile
from xiucheng.kernel.rest.body import PHOTOS_MAX, Line, PhotoOrId, Strict, Words
from xiucheng.people.models import Crew, Department, Post
from xiucheng.territory.api import Latitude, Longitude

# What the door itself fills in, or only the system sets.
OWN = frozenset({"case_id", "by", "version", "at", "percent", "door"})
POSITION = frozenset({"lon", "lat"})

Code = Annotated[str, Field(min_length=1, max_length=60)]
Id = Annotated[int, Field(ge=1, lt=2**63)]
DepartmentName = Id | Code
Pictures = Annotated[list[PhotoOrId], Field(max_length=PHOTOS_MAX)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a body names one kind of argument. find: turns what was sent into what the action takes."""

    shape: Any
    says: str
    find: Callable[[Asked, str, Any], Any] = lambda _asked, _name, value: value


KINDS: dict[Any, Wanted] = {
    str: Wanted(Words, ""),
    bool: Wanted(bool, ""),
    datetime: Wanted(AwareDatetime, "带时区的时刻"),
    Department: Wanted(
        DepartmentName, "部门：/departments 里的 id，或 18 位统一社会信用代码", lookups.department
    ),
    Crew: Wanted(Id, "班组：/crews 里的 id", lookups.crew),
    Post: Wanted(Id, "监督员的岗位：/colleagues 里的 post", lookups.inspector),
    Category: Wanted(Line, "类别，如 matter/01001", lookups.category),
    Standard: Wanted(Id, "立案条件：/standards 里的 id", lookups.standard),
    UUID: Wanted(Code, "案件：id、受理号或案件编号", lookups.case),
}
EXTRA = Wanted(
    dict[str, str | int | float | bool] | Words,
    "类别的附加项，键和值；没有写的不变，空文字是删去；在 multipart 里写成 JSON 文字",
    lookups.extra,
)
LISTS: dict[Any, Wanted] = {
    StoredFile: Wanted(
        Pictures, "照片：base64 文字，或 POST /files 得到的 id；multipart 里是文件", lookups.photos
    ),
    Department: Wanted(
        Annotated[list[DepartmentName], Field(max_length=30)], "部门的 id 或代码", lookups.departments
    ),
    UUID: Wanted(Annotated[list[UUID], Field(max_length=200)], "案件中照片的 file"),
}
# Words that can only be one of a few.
CHOICES: dict[str, Any] = {
    "reason": Literal[VOID_REASONS],
    "rating": Literal[RATINGS],
    "level": Literal["一般", "重点", "领导"],
}


@dataclass(frozen=True)
class Door:
    """One step as an address: its body, and the call behind it."""

    step: Step
    action: Callable[..., actions.Done]

    @cached_property
    def wanted(self) -> dict[str, tuple[Wanted, bool]]:
        """Argument → how it is named, and whether it must be there."""
        hints = get_type_hints(self.action)
        found = {}
        for name, parameter in inspect.signature(self.action).parameters.items():
            if name not in OWN | POSITION:
                kind = wanted_for(name, hints[name])
                found[name] = (kind, parameter.default is inspect.Parameter.empty)
        return found

    @cached_property
    def has_position(self) -> bool:
        return set(inspect.signature(self.action).parameters).issuperset(POSITION)

    @cached_property
    def body(self) -> type[Strict]:
        """The pydantic model of the body."""
        asked = {ask.name: ask for ask in FIELDS.get(self.step, ())}
        fields: dict[str, Any] = {}
        for name, (kind, required) in self.wanted.items():
            label = str(asked[name].label) if name in asked else ""
            says = "；".join(part for part in (label, kind.says) if part)
            shape = CHOICES.get(name, kind.shape)
            if required:
                fields[name] = (shape, Field(description=says))
            else:
                fields[name] = (shape | None, Field(default=None, description=says))
        if self.has_position:
            fields["longitude"] = (Longitude | None, Field(default=None, description="办理人所在经度，度"))
            fields["latitude"] = (Latitude | None, Field(default=None, description="办理人所在纬度，度"))
            fields["crs"] = (Crs, Field(default=Crs.CGCS2000, description="坐标系"))
        name = "".join(word.title() for word in self.step.value.split("_")) + "In"
        return create_model(name, __base__=Strict, __doc__=STEP_NAMES[self.step], **fields)

    def arguments(self, asked: Asked, payload: Strict) -> dict[str, Any]:
        """The action's arguments. Raises: Refused 422, naming the field that names nothing."""
        given: dict[str, Any] = {}
        for name, (kind, _required) in self.wanted.items():
            value = getattr(payload, name)
            if value is not None:
                given[name] = kind.find(asked, name, value)
        if self.has_position:
            given |= lookups.position(payload)
        return given


def wanted_for(name: str, hint: Any) -> Wanted:
    """Raises: TypeError for an argument that no body can name yet: teach `KINDS` or `LISTS`."""
    parts = [part for part in get_args(hint) if part is not type(None)]
    if get_origin(hint) in (Sequence, Collection, list, tuple):
        return LISTS[parts[0]]
    if get_origin(hint) is Mapping or any(get_origin(part) is Mapping for part in parts):
        return EXTRA
    kind = parts[0] if parts else hint
    if kind not in KINDS:
        raise TypeError(f"no body can name «{name}: {hint}»")
    return KINDS[kind]


DOORS: dict[Step, Door] = {step: Door(step, action) for step, action in actions.STEPS.items()}
