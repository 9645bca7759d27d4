"""The whole case file on paper: facts, photos, the full story, the limits with their pauses, the proof of the record.

WeasyPrint lays it out; nothing is fetched but photos of our own store, by their id, in the small copy without EXIF.
"""

from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xiucheng.cases import queries
from xiucheng.cases.models import Case, CaseFile
from xiucheng.cases.pages import case as page
from xiucheng.cases.pages import show
from xiucheng.cases.pages.names import Names
from xiucheng.cases.queries import CaseView
from xiucheng.catalog import queries as catalog
from xiucheng.kernel import audit
from xiucheng.kernel.errors import Refused
from xiucheng.kernel.files import queries as files
from xiucheng.people.models import Post
from xiucheng.people.queries import acting_post
from xiucheng.territory.models import Division

STYLE = Path(__file__).with_name("printed.css")
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
SCHEME = "photo:"


@require_safe
def file(request: HttpRequest, number: str) -> HttpResponse:
    """The case file as PDF; that it was taken is recorded."""
    post = acting_post(request)
    view = queries.case_page(post, number)
    content = pdf(view, post)
    audit.looked(by_post=post, what="cases.file", of=view.case.number, reason=_("打印案卷"))
    response = HttpResponse(content, content_type="application/pdf")
    name = view.case.case_number or view.case.number
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def pdf(view: CaseView, post: Post) -> bytes:
    """Raises: Refused 503, where the machine lacks what it takes."""
    try:
        from weasyprint import CSS, HTML
    except OSError as error:  # Pango is a library of the system
        raise Refused(
            _("这台服务器缺少排版组件（Pango、HarfBuzz），打不出案卷。请管理员运行 script/bootstrap。"),
            status=503,
        ) from error
    if not has_chinese_font():
        raise Refused(
            _("这台服务器没有中文字体，打不出案卷。请管理员运行 script/bootstrap，它会装上 Noto CJK。"),
            status=503,
        )
    text = render_to_string("cases/printed.html", context(view, post))
    sheets = [CSS(string=STYLE.read_text(encoding="utf-8"))]
    fetcher = store_fetcher({row.file_id for row in view.files})
    document = HTML(string=text, url_fetcher=fetcher, base_url=None)
    return bytes(document.write_pdf(stylesheets=sheets, presentational_hints=False))


def store_fetcher(allowed: set[UUID]) -> Any:
    """Hands out the photos of one case and nothing else: no network, no file of the machine."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    rows = {
        row.file_id: row.file for row in CaseFile.unscoped.filter(file__in=allowed).select_related("file")
    }

    class Store(URLFetcher):
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            key = url.removeprefix(SCHEME)
            found = rows.get(UUID(key)) if url.startswith(SCHEME) else None
            if found is None:
                raise FatalURLFetchingError(f"not of this case: {url[:80]}")
            with files.opened(found, "thumb") as content:
                return URLFetcherResponse(url, content.read(), {"Content-Type": "image/jpeg"})

    return Store()


@cache
def has_chinese_font() -> bool:
    return any(True for folder in FONT_FOLDERS if folder.is_dir() for _font in folder.rglob("*CJK*"))


def context(view: CaseView, post: Post) -> dict[str, Any]:
    case, names = view.case, Names()
    names.want(Division, [case.county, case.township, case.community])
    printable = {row.file_id for row in view.files if is_there(row)}
    photos = [{**photo, "there": photo["file"] in printable} for photo in show.photos(view, names)]
    return {
        "case": case,
        "language": get_language(),
        "title": catalog.category_name(case.category) or _("案件"),
        "where": "".join(
            names.division(code) for code in (case.county, case.township, case.community) if code
        ),
        "facts": page.facts(view, names),
        "moments": moments(case),
        "reporter": reporter(case),
        "longitude": f"{case.lon_e7 / show.E7:.7f}",
        "latitude": f"{case.lat_e7 / show.E7:.7f}",
        "photos": photos,
        "timeline": show.timeline(view, names),
        "clocks": show.clocks(view, names),
        "digest": bytes(case.head_hash).hex(),
        "records": len(view.events),
        "ledger": page.ledger(view),
        "flags": show.flags(case),
        "by": f"{post.person.name}（{post.get_role_display()}）",
        "at": timezone.now(),
    }


def is_there(row: CaseFile) -> bool:
    """A photo whose small copy can be read; a document is named, not shown."""
    try:
        files.opened(row.file, "thumb").close()
    except (FileNotFoundError, KeyError):
        return False
    return True


def reporter(case: Case) -> str:
    """Never who: a file is passed from hand to hand."""
    if case.reporter_id:
        return _("已隐去")
    return _("工作人员") if case.reported_by_id else _("没有留联系方式")


def moments(case: Case) -> list[tuple[str, Any]]:
    columns = ("reported_at", "filed_at", "closed_at", "due_at")
    labels = {name: str(Case._meta.get_field(name).verbose_name) for name in columns}  # type: ignore[union-attr]
    more = (
        ("accepted_at", _("受理时间")),
        ("dispatched_at", _("派遣时间")),
        ("handled_at", _("处置完毕时间")),
    )
    found = [(label, getattr(case, name)) for name, label in (*labels.items(), *more)]
    return sorted(((label, at) for label, at in found if at), key=lambda pair: pair[1])
