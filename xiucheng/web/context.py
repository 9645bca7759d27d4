"""What every page is given. Nothing here costs a statement until a template asks for it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext_lazy as _

from xiucheng.cases import queries as cases
from xiucheng.kernel.errors import Refused
from xiucheng.people.models import Post
from xiucheng.people.queries import SESSION_POST, acting_post
from xiucheng.people.rules import Right
from xiucheng.web import clocks, maps
from xiucheng.web.live import stream_url

SHORTCUTS = (  # every key of the desks that no button or link of the page carries; these have `data-key`
    (("J", "K"), _("下一件、上一件")),
    (("X",), _("勾选这一件")),
    (("Enter",), _("打开这一件")),
    (("/",), _("查找")),
    (("Esc",), _("关上打开的表单或窗口")),
    (("?",), _("这张表")),
)
THEMES = ("light", "dark")
THEME_COOKIE = "theme"


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the rail: its name, the name of its address, the letter that goes there ("": none), and the right
    without which it is not shown (None: every post). An address that does not exist is left out.
    `group`: entries of one group stand together, a stitched line between groups."""

    name: str | Promise
    address: str
    key: str
    right: Right | None
    group: str = "work"


RAIL = (  # one a line, in the order shown; the first four stand in the bar of a phone, the others behind «更多»
    Entry(_("待办"), "desk", "g", Right.VIEW_CASES),
    Entry(_("案件"), "cases", "l", Right.VIEW_CASES),
    Entry(_("登记"), "intake", "r", Right.REPORT),
    Entry(_("地图"), "map", "o", Right.VIEW_CASES),
    Entry(_("班组"), "people:crews", "", Right.MANAGE_CREWS),
    Entry(_("督查"), "watch", "", Right.INSTRUCT),
    Entry(_("消息"), "messages", "i", Right.VIEW_CASES),
    Entry(_("回访"), "callbacks", "", Right.CALLBACK),
    Entry(_("筛选条件"), "filters", "", Right.VIEW_CASES, "mine"),
    Entry(_("导出"), "exports", "", Right.VIEW_CASES, "mine"),
    Entry(_("管理"), "admin", "m", None, "city"),  # where there is anything to administer
)


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the administration: where, what for, under which heading; any one of the rights opens it."""

    name: str | Promise
    path: str
    words: str | Promise
    group: str | Promise
    rights: tuple[Right, ...]


_PEOPLE, _GROUND, _RULES, _CITY, _TRUST = _("组织和人"), _("地和格"), _("办事的规矩"), _("这座城"), _("可信")
ADMIN = (  # one a line, in the order shown; a path where no page stands is left out
    Place(
        _("人员"),
        "/admin/people",
        _("账号、停用、从表格导入"),
        _PEOPLE,
        (Right.MANAGE_PEOPLE, Right.VIEW_PEOPLE),
    ),
    Place(
        _("部门"),
        "/admin/departments",
        _("责任单位和上下级"),
        _PEOPLE,
        (Right.MANAGE_PEOPLE, Right.VIEW_PEOPLE),
    ),
    Place(
        _("岗位"),
        "/admin/posts",
        _("谁以什么身份管哪一片；请假时委托"),
        _PEOPLE,
        (Right.MANAGE_RIGHTS, Right.VIEW_PEOPLE),
    ),
    Place(
        _("区划和网格"),
        "/admin/ground",
        _("导入边界，看清变动，再定生效日"),
        _GROUND,
        (Right.MANAGE_TERRITORY, Right.APPROVE_STANDARD),
    ),
    Place(
        _("地址"),
        "/admin/addresses",
        _("导入门牌、小区、店铺、灯杆，供按地址找地点"),
        _GROUND,
        (Right.MANAGE_TERRITORY,),
    ),
    Place(
        _("分类和权责"),
        "/admin/catalog",
        _("类别、立案标准、时限、权责清单的草稿和生效"),
        _RULES,
        (Right.MANAGE_CATALOG, Right.APPROVE_STANDARD),
    ),
    Place(
        _("日历和班时"),
        "/admin/calendar",
        _("节假日、调休、工作时段、值班时段"),
        _RULES,
        (Right.MANAGE_SETTINGS,),
    ),
    Place(
        _("参数"), "/admin/settings", _("各道门槛和默认值，每个都写明出处"), _RULES, (Right.MANAGE_SETTINGS,)
    ),
    Place(_("表单"), "/admin/forms", _("各类别另外要填的项"), _RULES, (Right.MANAGE_SETTINGS,)),
    Place(_("文字"), "/admin/texts", _("给市民看的话和短信"), _RULES, (Right.MANAGE_SETTINGS,)),
    Place(
        _("编号"), "/admin/numbering", _("受理号、案件编号、标识码怎么编"), _RULES, (Right.MANAGE_SETTINGS,)
    ),
    Place(
        _("配置文件"),
        "/admin/config",
        _("整套配置导出成文件，再原样导入"),
        _CITY,
        (Right.MANAGE_SETTINGS, Right.MANAGE_RIGHTS),
    ),
    Place(_("推送"), "/admin/webhooks", _("把案件的进展推给其他部门的系统"), _CITY, (Right.MANAGE_SETTINGS,)),
    Place(_("后台任务"), "/admin/jobs", _("在跑的、没跑成的，进度和原因"), _CITY, (Right.MANAGE_JOBS,)),
    Place(
        _("变更记录"),
        "/admin/audit",
        _("谁在什么时候改了什么，记录自己证明没有被改过"),
        _TRUST,
        (Right.VIEW_AUDIT,),
    ),
    Place(_("个人信息查看"), "/admin/access", _("谁看过谁的信息，为什么"), _TRUST, (Right.VIEW_AUDIT,)),
    Place(
        _("保存期限"),
        "/admin/retention",
        _("各类数据存多久，删了什么"),
        _TRUST,
        (Right.MANAGE_RETENTION, Right.VIEW_AUDIT),
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as this post sees it on this page; `unread` is what waits there to be read (None: never)."""

    name: str
    url: str
    on: bool
    key: str = ""
    unread: str | None = None
    group: str = ""


def page(request: HttpRequest) -> dict[str, Any]:
    """languages, the words of live clocks, `post` (falsy when nobody acts), and the rail."""
    post = SimpleLazyObject(lambda: _post(request))
    return {
        "languages": [
            {"code": code, "name": name, "on": code == get_language()} for code, name in settings.LANGUAGES
        ],
        "clock_words": {
            "left": str(clocks.LEFT),
            "over": str(clocks.OVER),
            "just": str(clocks.JUST),
            "day": pgettext("unit of time", "天"),
            "hour": pgettext("unit of time", "小时"),
            "minute": pgettext("unit of time", "分"),
        },
        "demo": settings.DEMO,
        "map_base": SimpleLazyObject(maps.base),
        "theme": chosen_theme(request),
        "post": post,
        "several_posts": SimpleLazyObject(lambda: SESSION_POST in request.session),
        "shortcuts": SHORTCUTS,
        "live": SimpleLazyObject(lambda: _stream(request)),
        "rail": SimpleLazyObject(lambda: _rail(request, _post(request))),
        "admin_places": SimpleLazyObject(lambda: admin_places(request, _post(request))),
    }


def chosen_theme(request: HttpRequest) -> str:
    """«light» or «dark» where the person has chosen, else "": the system decides. Known before the first paint."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""


def _stream(request: HttpRequest) -> str:
    """Where this page hears what changed; "" for a post that sees no cases."""
    post = _post(request)
    return stream_url(request) if post and Right.VIEW_CASES in post.rights else ""


def _post(request: HttpRequest) -> Post | None:
    try:
        return acting_post(request)
    except Refused:
        return None


@cache
def address_of(name: str) -> str | None:
    """The path behind the name of an address; None where the city has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def _rail(request: HttpRequest, post: Post | None) -> list[Link]:
    """Only what exists and what the post may open. Where no entry is the page itself, the one above it is lit."""
    if post is None:
        return []
    rights = post.actor().rights
    shown = [
        (entry, url)
        for entry in RAIL
        if (entry.right is None or entry.right in rights)
        and (url := address_of(entry.address))
        and (entry.address != "admin" or admin_places(request, post))
    ]
    above = (url for _entry, url in shown if f"{request.path}/".startswith(f"{url}/"))
    here = max(above, key=len, default="")
    return [
        Link(
            str(entry.name),
            url,
            url == here,
            entry.key,
            cases.unread_words(post) if entry.address == "messages" else None,
            entry.group,
        )
        for entry, url in shown
    ]


def letters() -> list[tuple[tuple[str, ...], str]]:
    """The letters of the rail, for the help page: every place that exists, whoever asks."""
    return [((e.key.upper(),), str(e.name)) for e in RAIL if e.key and address_of(e.address)]


@cache
def stands(path: str) -> bool:
    """Whether a page answers at this path."""
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def admin_places(request: HttpRequest, post: Post | None) -> list[dict[str, Any]]:
    """The pages of the administration that this post may open, by heading; none where it administers nothing."""
    rights = post.actor().rights if post else frozenset()
    groups: dict[str, list[dict[str, Any]]] = {}
    for place in ADMIN:
        if rights.isdisjoint(place.rights) or not stands(place.path):
            continue
        on = f"{request.path}/".startswith(f"{place.path}/")
        row = {"name": place.name, "url": place.path, "words": place.words, "on": on}
        groups.setdefault(str(place.group), []).append(row)
    return [{"name": name, "places": places} for name, places in groups.items()]
