"""Every sentence of the interface is in the English catalogue, translated, with the same placeholders.

A failure here means: run `script/messages`, translate what is empty or fuzzy, commit the catalogue.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command

CATALOGUE = Path("locale/en/LC_MESSAGES/django.po")
HAN = re.compile(r"[\u3400-\u9fff]")
HOLE = re.compile(r"%\(\w+\)[#0\- +.\d]*[a-zA-Z]|%%|\{\w*\}")
KEPT = {  # written into a record, so they stay in the language of the city whoever writes
    "（上报人认为与 %(number)s 是同一件）",
    "附图地址（未下载）：%(url)s",
    "仲裁 %(ruling)s",
    "本市规定",
    "%(division)s%(street)s附近",
}
QUOTING = {
    "代码 code",
    "名称 name",
    "“启用”只能填 是 或 否。",
}  # they name headings and values of Chinese files
FACES = ("pages", "forms.py", "actions", "queries", "api/lookups.py")


def texts(message: Message) -> tuple[str, ...]:
    """Singular and plural of a msgid."""
    return tuple(message.id) if message.pluralizable else (str(message.id),)


def answers(message: Message) -> tuple[str, ...]:
    return tuple(map(str, message.string)) if isinstance(message.string, tuple) else (str(message.string),)


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def sentences(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


@pytest.fixture(scope="module")
def english() -> Catalog:
    return read(settings.ROOT / CATALOGUE)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory) -> Catalog:
    """What the code says now, collected the way script/messages does, into another folder."""
    folder = tmp_path_factory.mktemp("locale")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "LOCALE_PATHS", [folder])
        patch.chdir(settings.ROOT)
        call_command("makemessages", verbosity=0)
    return read(folder / "en" / "LC_MESSAGES" / "django.po")


def wrong(ours: Message, theirs: Message | None) -> str:
    """What is wrong with the translation of a sentence; "" if nothing."""
    if theirs is None or texts(theirs) != texts(ours):
        return "missing"
    if theirs.fuzzy:
        return "fuzzy"
    if len(answers(theirs)) != (2 if ours.pluralizable else 1) or not all(answers(theirs)):
        return "not translated"
    asked = Counter(HOLE.findall(texts(ours)[-1]))
    if Counter(HOLE.findall(answers(theirs)[-1])) != asked:
        return "other placeholders"
    if ours.pluralizable and Counter(HOLE.findall(answers(theirs)[0])) - asked:  # «once» needs no number
        return "other placeholders in the singular"
    return ""


def test_every_sentence_is_translated(spoken, english):
    found = list(sentences(spoken))
    assert len(found) > 1000
    faults = {
        texts(message)[0]: fault
        for message in found
        if (fault := wrong(message, english.get(message.id, message.context)))
    }
    assert not faults, "run script/messages and translate"


@pytest.mark.parametrize(
    ("msgid", "string", "fuzzy", "fault"),
    [
        ("还有 {n} 件", "", False, "not translated"),
        ("还有 {n} 件", "{n} more", True, "fuzzy"),
        ("还有 {n} 件", "{m} more", False, "other placeholders"),
        ("还有 %(n)d 件", "%(n)s more", False, "other placeholders"),
        ("还有 {n} 件", "{n} more", False, ""),
        (("延期 %(n)d 次", "延期 %(n)d 次"), ("once", ""), False, "not translated"),
        (
            ("延期 %(n)d 次", "延期 %(n)d 次"),
            ("%(m)d time", "%(n)d times"),
            False,
            "other placeholders in the singular",
        ),
        (("延期 %(n)d 次", "延期 %(n)d 次"), ("once", "%(n)d times"), False, ""),
    ],
)
def test_a_bad_translation_is_seen(msgid, string, fuzzy, fault):
    assert wrong(Message(msgid), None) == "missing"
    assert wrong(Message(msgid), Message(msgid, string, flags=["fuzzy"] if fuzzy else [])) == fault


def test_the_interface_is_chinese_and_its_english_is_not(english):
    for message in sentences(english):
        english_words = [re.sub("“.*?”", "", text) for text in answers(message)]
        if message.id in KEPT:
            assert message.string == message.id
        elif message.id not in QUOTING:
            assert not HAN.search("".join(english_words)), message.id
        assert all(
            HAN.search(text) or not re.search("[a-z]{4}", HOLE.sub("", text)) for text in texts(message)
        )


def test_no_template_says_a_word_past_the_catalogue():
    translated = re.compile(
        r"""_\("[^"]*"\)|"""  # a default that is translated: {{ name|default:_("…") }}
        r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}|{%.*?%}|{#.*?#}|<!--.*?-->",
        re.S,
    )
    for path in sorted(settings.ROOT.glob("xiucheng/**/templates/**/*.html")):
        said = translated.sub("", path.read_text(encoding="utf-8"))
        for own in (">绣<", "中文"):  # the mark of the house is a picture; a language names itself
            said = said.replace(own, "><")
        assert not HAN.search(said), (path, HAN.search(said))


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Chinese strings of a module that are not documentation."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in notes:
            continue
        if HAN.search(node.value) and "SELECT " not in node.value:  # SQL compares Chinese data
            yield node.lineno, node.value


def test_no_face_says_a_word_past_the_catalogue(spoken):
    known = {text for message in sentences(spoken) for text in texts(message)}
    paths = [
        path
        for path in sorted(settings.ROOT.glob("xiucheng/*/**/*.py"))
        if "tests" not in path.parts and any(f"/{face}" in path.as_posix() for face in FACES)
    ]
    assert len(paths) > 20
    past = [(path.name, line, text) for path in paths for line, text in literals(path) if text not in known]
    assert not past, "mark them with gettext"


# A command and a job speak to the city, not to a reader: what they say is kept in its language.
UNREAD = ("/management/", "/tests/", "xiucheng/web/admin/ground_jobs.py")


def test_a_refusal_is_said_to_its_reader():
    """`.sentence` of a refusal is Chinese where a pure rule refuses; `.said(gettext)` is for people."""
    paths = [
        path
        for path in settings.ROOT.glob("xiucheng/**/*.py")
        if not any(part in path.as_posix() for part in UNREAD)
    ]
    assert len(paths) > 300
    assert not [path for path in paths if "refusal.sentence" in path.read_text(encoding="utf-8")]
