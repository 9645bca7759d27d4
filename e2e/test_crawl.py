"""Every page that a role can reach, found by following its links as a browser does: a page that somebody adds is
crawled as soon as something leads to it.

Each page: answers, writes no error to the console, breaks no rule of access that axe knows (wide by day, as a phone
by night), never scrolls sideways, does not jump while it loads, weighs little before the map comes.
What two roles reach alike is looked at once; the slow run looks at everything for everybody.
"""

import gzip
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from e2e.conftest import DESK, PHONE, context_for
from xiucheng.cases.tests.loop import Loop

pytestmark = pytest.mark.browser

ROLES = (
    "",  # the public
    "受理员_五华",
    "值班长_五华",
    "派遣员_五华",
    "负责人_市政",
    "经办人_环卫",
    "监督员_五华_乙",
    "网格员_华山",
    "领导_五华",
    "考评员_五华",
    "系统管理员",
    "安全管理员",
    "审计员",
)
STARTS = ("/desk", "/me", "/help", "/")
AXE = (Path(__file__).parent.parent / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text(
    "utf-8"
)
CHUNK = re.compile(r"/(map|maplibre|chart|echarts)[\w.-]*\.(js|mjs|css)$")
HEAVY = re.compile(CHUNK.pattern + r"|/tiles/|/glyphs?/|\.pbf|/(photos|files)/")
OTHERS = re.compile(r"^/(static|api|open311|language|theme|logout)(/|$)")
TURNS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d[\d.-]*|[A-Za-z0-9_-]{32,}|[\w-]+(\.[\w-]+)+")

BUDGET = 400_000  # bytes, compressed, before the map
LARGE = 50_000  # bytes, compressed: a script of the map's page may come early, its library not
SHIFT = 0.1
SIBLINGS = 4  # pages /a/b/x of one parent, each with a form of its own: so many are enough for one role

WATCH = """
window.shifted = [];
window.painted = new Promise((resolve) => new PerformanceObserver((list) => {
  if (list.getEntriesByName("first-contentful-paint").length > 0) resolve();
}).observe({ type: "paint", buffered: true }));
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    const node = entry.sources?.[0]?.node;
    window.shifted.push([entry.value, (node?.outerHTML ?? node?.textContent ?? "").slice(0, 90)]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
LINKS = """() => [
  ...[...document.querySelectorAll("a[href]")].map((a) => [a.href, ""]),
  ...[...document.querySelectorAll("[hx-get]")].map((a) => [new URL(a.getAttribute("hx-get"), location.href).href, "hx"]),
]"""
RULES = """() => axe.run(document, { rules: { "target-size": { enabled: true } } }).then((result) =>
  result.violations.flatMap((item) => item.nodes.slice(0, 2).map((node) =>
    `${item.id} ${node.target} ${(node.failureSummary ?? "").slice(0, 150)}`)))"""
EARLY = """() => {
  const painted = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  return performance.getEntriesByType("resource").map((entry) => [entry.name, entry.startTime < painted]);
}"""


def kind_of(url: str) -> str:
    """What makes two addresses the same page with other content: numbers, ids and the values of a query do not count."""
    parts = urlsplit(url)
    keys = sorted({f"{key}={value}" if key == "tab" else key for key, value in parse_qsl(parts.query)})
    return "/".join(TURNS.sub("#", part) for part in parts.path.split("/")) + (
        "?" + "&".join(keys) if keys else ""
    )


@dataclass
class Crawl:
    """One role's walk. `seen`: kinds of pages looked at before, by others; they are asked for, not looked at again."""

    server: str
    who: str
    context: BrowserContext
    seen: set[str]
    sizes: dict[str, int]
    everything: bool = False
    found: list[str] = field(default_factory=list)
    visited: set[str] = field(default_factory=set)

    def walk(self) -> list[str]:
        wanted = deque((start, "", "start") for start in STARTS)
        known: set[str] = {kind_of(start) for start in STARTS}
        siblings: Counter[str] = Counter()
        while wanted:
            path, how, leads_from = wanted.popleft()
            for link, way in self.look(path, how, leads_from):
                target = urldefrag(urljoin(self.server + path, link)).url
                if not target.startswith(self.server + "/"):
                    continue
                there = target.removeprefix(self.server)
                kind, parent = kind_of(there), kind_of(there).rpartition("/")[0]
                if kind in known or OTHERS.match(there):
                    continue
                if parent.count("/") > 1 and not self.everything and siblings[parent] >= SIBLINGS:
                    continue
                siblings[parent] += 1
                known.add(kind)
                wanted.append((there, way, path))
        return self.found

    def look(self, path: str, how: str, leads_from: str) -> list[tuple[str, str]]:
        """Open a page and note what is wrong with it; return where it leads."""
        kind = kind_of(path)
        self.visited.add(kind)
        say = lambda what: self.found.append(f"{self.who} {path} ({leads_from}): {what}")  # noqa: E731
        headers = {"HX-Request": "true", "X-Background": "1"} if how else {}
        answer = self.context.request.get(self.server + path, headers=headers, max_redirects=5)
        if answer.status >= 400 and (leads_from != "start" or path == "/desk"):
            say(f"answers {answer.status}")
        html = "text/html" in answer.headers.get("content-type", "")
        if (
            how
            or not html
            or answer.status >= 400
            or "attachment" in answer.headers.get("content-disposition", "")
        ):
            return []
        if kind in self.seen and not self.everything:
            return [(href, "") for href in re.findall(r'<a [^>]*?href="([^"#]+)"', answer.text())]
        self.seen.add(kind)
        return self.inspect(path, len(gzip.compress(answer.body())), say)

    @cached_property
    def page(self) -> Page:
        page = self.context.new_page()
        page.add_init_script(WATCH)
        page.on("pageerror", lambda error: self.errors.append(f"script error: {error}"))
        page.on(
            "console",
            lambda said: self.errors.append(f"console: {said.text}") if said.type == "error" else None,
        )
        return page

    @cached_property
    def errors(self) -> list[str]:
        return []

    def inspect(self, path: str, weight: int, say: Callable[[str], None]) -> list[tuple[str, str]]:
        page = self.page
        self.errors.clear()
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        try:
            page.goto(self.server + path, wait_until="load")
        except Error as error:
            say(f"does not open: {error.message.splitlines()[0]}")
            return []
        page.evaluate("window.painted")
        page.wait_for_timeout(250)
        links = [tuple(link) for link in page.evaluate(LINKS)]
        shifted = page.evaluate("window.shifted")
        if sum(value for value, _node in shifted) > SHIFT:
            say(f"jumps: {max(shifted)}")
        for name, early in page.evaluate(EARLY):
            if early and CHUNK.search(name) and self.size(name) > LARGE:
                say(f"loads before first paint: {name}")
            if name.startswith(self.server) and not HEAVY.search(name):
                weight += self.size(name)
        if weight > BUDGET:
            say(f"weighs {weight // 1000} KB")
        page.evaluate(AXE)
        for problem in page.evaluate(RULES):
            say(f"wide: {problem}")
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.emulate_media(color_scheme="dark")
        page.wait_for_timeout(100)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            say("wider than a phone")
        for problem in page.evaluate(RULES):
            say(f"phone: {problem}")
        for heard in dict.fromkeys(self.errors):
            say(heard)
        return links  # type: ignore[return-value]

    def size(self, url: str) -> int:
        """Bytes of a file as it travels; asked for once."""
        if url not in self.sizes:
            self.sizes[url] = len(gzip.compress(self.context.request.get(url).body()))
        return self.sizes[url]


@pytest.fixture(scope="module")
def seen() -> set[str]:
    return set()


@pytest.fixture(scope="module")
def sizes() -> dict[str, int]:
    return {}


@pytest.fixture
def busy(cast: Any, departments: Any, server: str) -> str:
    """A city at work: a case in each stage that a desk shows. Returns the address of the server."""
    loops = [Loop(cast, departments) for _ in range(8)]
    loops[1].accepted()
    loops[2].verified()
    loops[3].filed()
    loops[4].dispatched()
    loops[5].to_check()
    loops[6].checking()
    loops[7].closed()
    return server


@pytest.fixture
def crawl(chromium: Browser, busy: str, cast: Any, seen: set[str], sizes: dict[str, int]) -> Iterator[Any]:
    opened: list[BrowserContext] = []

    def crawling(who: str, **options: Any) -> Crawl:
        known = set() if options.get("everything") else seen
        opened.append(context_for(chromium, busy, who, DESK, True))
        return Crawl(busy, who, opened[-1], known, sizes, **options)

    yield crawling
    for context in opened:
        context.close()


@pytest.mark.parametrize("who", ROLES)
def test_every_page_of_a_role_works(crawl: Callable[..., Crawl], who: str) -> None:
    walked = crawl(who)
    found = walked.walk()
    assert not found, "\n".join(found)
    assert len(walked.visited) >= 4


@pytest.mark.slow
@pytest.mark.parametrize("who", ROLES)
def test_every_page_of_a_role_works_for_that_role(crawl: Callable[..., Crawl], who: str) -> None:
    found = crawl(who, everything=True).walk()
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("/cases/20261124-000183", "/cases/20261125-000001", True),
        ("/cases/20261124-000183/accept", "/cases/20261124-000183/ask", False),
        ("/desk?tab=late&after=x", "/desk?tab=late&after=y", True),
        ("/desk?tab=late", "/desk?tab=soon", False),
        ("/admin/settings/rate.login", "/admin/settings/case.limit", True),
        ("/admin/people", "/admin/posts", False),
    ],
)
def test_which_addresses_are_the_same_page(one: str, other: str, same: bool) -> None:
    assert (kind_of(one) == kind_of(other)) is same
