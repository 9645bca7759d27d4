"""Answers to extra fields: what may stand in one. Pure.

Answers enter the ledger, which is never changed, so nothing that names a person may stand there: telephone and identity
numbers and e-mail addresses are refused (GB/T 35273; practice 7: identity hidden).
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from xiucheng.kernel.marking import gettext_noop
from xiucheng.territory.rules import Fault

LONGEST = 200
PERSONAL = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])\d{5}[\dXx](?![0-9A-Za-z])"  # 身份证
    r"|(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"  # 手机
    r"|[\w.+-]+@[\w-]+\.[\w.]+",
    re.ASCII,
)
PERSONAL_WORDS = re.compile(r"姓名|电话|手机|身份证|证件号|联系人|联系方式|邮箱|住址|微信")
"""A field with such a name asks for a person; the report has its own fields for that, which are encrypted."""

YES, NO = "yes", "no"
_YES = frozenset({"yes", "true", "1", "是", "on"})
_NO = frozenset({"no", "false", "0", "否"})


def read(kind: str, text: str, choices: Sequence[str] = ()) -> str | Fault:
    """The canonical answer of a text that is not empty, or what is wrong with it.

    kind: text, number, choice, date or yes_no. Numbers are plain decimals, dates ISO, yes_no «yes» or «no».

    >>> read("number", "3.50"), read("date", "2026-2-3"), read("yes_no", "是"), read("choice", "铸铁", ["铸铁", "复合"])
    ('3.5', '2026-02-03', 'yes', '铸铁')
    >>> read("text", "张三 13812345678").sentence[:6]
    '这里不要写手'
    """
    text = " ".join(text.split())
    if kind == "number":
        return _number(text)
    if kind == "date":
        return _date(text)
    if kind == "yes_no":
        word = text.lower()
        return YES if word in _YES else NO if word in _NO else Fault(gettext_noop("请选“是”或“否”。"))
    if kind == "choice":
        return text if text in choices else Fault(gettext_noop("只能从给出的几项里选。"))
    if len(text) > LONGEST:
        return Fault(gettext_noop("最多 {most} 字。"), {"most": LONGEST})
    if PERSONAL.search(text):
        return Fault(gettext_noop("这里不要写手机号、身份证号和邮箱；联系方式请写在联系方式那一栏。"))
    return text


def _number(text: str) -> str | Fault:
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return Fault(gettext_noop("请填数字。"))
    if not number.is_finite() or abs(number) >= Decimal(10) ** 12 or len(text) > 20:
        return Fault(gettext_noop("请填数字。"))
    plain = f"{number.normalize():f}"
    return "0" if plain == "-0" else plain


def _date(text: str) -> str | Fault:
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text, re.ASCII)
    try:
        if found:
            return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        pass
    return Fault(gettext_noop("不是日期，请写成 2027-01-01。"))
