"""What is shown of personal data to those who need not know it: pure. standards/security.md §4 [M]."""

import re

_SURNAMES = (
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 司徒 令狐 夏侯 宇文 长孙 端木 独孤 南宫 "
    "轩辕 闻人 澹台 公冶 太史 申屠 钟离 赫连 单于 呼延 万俟 濮阳 淳于 仲孙 百里 东郭 南门 "
    "西门 第五 拓跋 完颜 闾丘 司空 司寇 鲜于 宰父 谷梁 亓官 即墨 公羊 梁丘 左丘 东门 "
)
COMPOUND_SURNAMES = frozenset(_SURNAMES.split())
"""Surnames of two characters [M]: kept whole when a given name follows."""


def mask_name(name: str) -> str:
    """The surname, then a star for one character and two for more.

    >>> mask_name("张三"), mask_name("张小三"), mask_name("欧阳震华"), mask_name("欧阳修"), mask_name("李")
    ('张*', '张**', '欧阳**', '欧阳*', '*')
    """
    name = name.strip()
    kept = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    given = len(name) - kept
    if given <= 0:
        return "*" if name else ""
    return name[:kept] + "*" * min(given, 2)


def mask_phone(phone: str) -> str:
    """A mobile number: the first 3 and last 4 digits; a shorter number: the last 4; up to 4 digits: nothing.

    >>> mask_phone("13812345678"), mask_phone("0871-63123456"), mask_phone("63123456"), mask_phone("110")
    ('138****5678', '087*****3456', '****3456', '***')
    """
    digits = re.sub(r"\D", "", phone, flags=re.ASCII)
    return _ends(digits, 3, 4) if len(digits) >= 11 else _ends(digits, 0, 4)


def mask_id_card(number: str) -> str:
    """The first 6 (place) and last 4; for publication the last 4 are hidden too: use
    `mask_id_card(number[:-4])`.

    >>> mask_id_card("530102199001011234"), mask_id_card("530102900101123")
    ('530102********1234', '530102*****1123')
    """
    return _ends(number.strip(), 6, 4)


def mask_plate(plate: str) -> str:
    """The first 2 and last 2 characters.

    >>> mask_plate("云A12312"), mask_plate("云AD12345")
    ('云A***12', '云A****45')
    """
    return _ends(plate.strip(), 2, 2)


def mask_account(number: str) -> str:
    """A bank or payment code: the last 4.

    >>> mask_account("6222000011112222")
    '************2222'
    """
    return _ends(number.strip(), 0, 4)


def mask_address(address: str) -> str:
    """An address down to the street office, town or township, then three stars; without one of these three
    stars only.

    >>> mask_address("昆明市五华区华山街道圆通街30号"), mask_address("北门街1号")
    ('昆明市五华区华山街道***', '***')
    """
    found = re.match(r".*?(?:街道办事处|街道|镇|乡)", address.strip())
    return (found.group() if found else "") + "***" if address.strip() else ""


_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤川青藏琼宁使领学警港澳挂"
_IN_WORDS = re.compile(
    r"(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![0-9A-Za-z])(?P<id>[1-9][0-9]{16}[0-9Xx])(?![0-9A-Za-z])"
    r"|(?<![0-9])(?P<mobile>1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4})(?![0-9])"
    r"|(?<![0-9])(?P<line>0[0-9]{2,3}[ -]?[0-9]{7,8})(?![0-9])"
    rf"|(?P<plate>[{_PROVINCES}][A-Z][·. -]?[A-Z0-9]{{5,6}}(?![A-Z0-9]))",
    re.ASCII,
)


def public_words(text: str) -> str:
    """A citizen's words with numbers masked that name a person: telephone, identity card, plate, mail address.

    A proposal for whoever publishes: names and addresses are for people to see.

    >>> public_words("云A12345 占道，电话 138-1234-5678")
    '云A***45 占道，电话 138****5678'
    >>> public_words("身份证530102199001011234，邮箱 a.b@c.cn，编号 20261124000183")
    '身份证530102********1234，邮箱 ***，编号 20261124000183'
    """
    return _IN_WORDS.sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    mask = {"mail": lambda _text: "***", "id": mask_id_card, "mobile": mask_phone, "line": mask_phone}
    return mask.get(found.lastgroup or "", mask_plate)(found.group())


def _ends(text: str, first: int, last: int) -> str:
    """Both ends kept, the middle starred one for one; all starred if nothing would be hidden."""
    hidden = len(text) - first - last
    if hidden <= 0:
        return "*" * len(text)
    return text[:first] + "*" * hidden + text[len(text) - last :]
