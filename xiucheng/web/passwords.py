"""A password rule beside Django's own."""

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def kinds(password: str) -> int:
    """How many kinds of characters a password has: small letters, capitals, digits, others.

    >>> kinds("abcABC12"), kinds("abcdefg1"), kinds("绣花Abc1")
    (3, 2, 4)
    """
    categories = {unicodedata.category(character) for character in password}
    return sum(
        (
            "Ll" in categories,
            "Lu" in categories,
            "Nd" in categories,
            bool(categories - {"Ll", "Lu", "Nd"}),
        )
    )


class KindsOfCharacters:
    """At least so many kinds of characters (of four)."""

    def __init__(self, least: int = 3) -> None:
        self.least = least

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError with what to do."""
        if kinds(password) < self.least:
            raise ValidationError(self.get_help_text(), code="password_too_plain")

    def get_help_text(self) -> str:
        return _("密码须含大写字母、小写字母、数字、符号中的至少 %(least)d 种。") % {"least": self.least}
