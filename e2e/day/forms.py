"""The forms of a page as a browser would send them: every field with what stands in it."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser


@dataclass
class PageForm:
    """One form. values: name → what would be sent; options: name → what may be chosen; files: inputs for files."""

    action: str
    values: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    options: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    files: list[str] = field(default_factory=list)

    def fill(self, **answers: str) -> "PageForm":
        for name, value in answers.items():
            self.values[name] = [value]
        return self


class Reader(HTMLParser):
    """The controls of one form."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._form: PageForm | None = None
        self._select, self._area, self._list = "", "", ""
        self._lists: dict[str, str] = {}  # id of a datalist → name of its input
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = PageForm(found.get("action", ""))
            self.forms.append(self._form)
        if self._form is not None:
            self._control(self._form, tag, found)

    def _control(self, form: PageForm, tag: str, found: dict[str, str]) -> None:
        name, value = found.get("name", ""), found.get("value", "")
        if tag == "input" and name:
            self._input(form, found, name, value)
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            form.values[name] = [""]
        elif tag == "datalist":
            self._list = self._lists.get(found.get("id", ""), "")
        elif tag == "option" and (self._select or self._list):
            chosen = self._select or self._list
            if value:
                form.options[chosen].append(value)
            if self._select and (
                "selected" in found or (name not in form.values and not form.values[chosen])
            ):
                form.values[chosen] = [value]

    def _input(self, form: PageForm, found: dict[str, str], name: str, value: str) -> None:
        kind = found.get("type", "text")
        if found.get("list"):
            self._lists[found["list"]] = name
        if kind == "file":
            form.files.append(name)
        elif kind in ("radio", "checkbox"):
            form.options[name].append(value or "on")
            if "checked" in found:
                form.values[name].append(value or "on")
        elif kind not in ("submit", "button"):
            form.values[name].append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""
        elif tag == "datalist":
            self._list = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form.values[self._area] = [self._form.values[self._area][0] + data]


def rows(html: str) -> list[str]:
    """The 受理号 of the rows of a list."""
    return re.findall(r'data-row="([^"]+)"', html)


def counts(html: str) -> dict[str, str]:
    """Tab of a desk → how many wait there, in words."""
    return dict(re.findall(r'href="\?tab=(\w+)"[^>]*>[^<]*<span class="count">([^<]*)<', html))


def errors(html: str) -> list[str]:
    """The sentences that are marked as errors."""
    return [unescape(text).strip() for text in re.findall(r'<p class="error"[^>]*>([^<]*)</p>', html)]


def form_of(html: str, action: str) -> PageForm | None:
    """The form of a page that is sent to this address. Long lists of categories are left unread: people know theirs."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', html, re.DOTALL)
    if found is None:
        return None
    (form,) = Reader(
        re.sub(r'<datalist id="list-category".*?</datalist>', "", found[0], flags=re.DOTALL)
    ).forms
    return form
