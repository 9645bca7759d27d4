"""What the content security policy would block never gets into a template."""

import re

import pytest
from django.conf import settings

TEMPLATES = sorted((settings.ROOT / "xiucheng").rglob("templates/**/*.html"))
FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "a <style> element": re.compile(r"<style[\s>]", re.I),
    "a script with code": re.compile(r"<script(?![^>]*\s(?:src|type=[\"']application/json)[\s=\"'])", re.I),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=\s*[\"']", re.I),
    "a javascript: address": re.compile(r"=\s*[\"']?\s*javascript:", re.I),
}


def broken(text: str) -> list[str]:
    return [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_inline_style_or_script(path):
    assert broken(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color: red">',
        "<p\n style=''>",
        "<style>p {}</style>",
        "<script>go()</script>",
        '<button onclick="go()">',
        '<a href="javascript:go()">',
    ],
)
def test_the_search_finds_what_it_is_for(text):
    assert broken(text) != []


def test_data_for_scripts_is_allowed():
    assert broken('<script id="points" type="application/json">[]</script><script src="/static/a.js">') == []
