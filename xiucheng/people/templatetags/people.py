"""Small words of this room's templates."""

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from xiucheng.kernel.masking import mask_phone

register = template.Library()


@register.filter
def phone_masked(phone: str) -> str:
    """«138****5678»."""
    return mask_phone(phone) if phone else ""


@register.simple_tag
def address(name: str) -> str:
    """The address of a page of another room, "" where that room has none."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@register.filter
def named(names: dict[str, str], code: str) -> str:
    """The name of a division, else its code."""
    return names.get(code, code)


@register.filter
def said(msgid: str) -> str:
    """A sentence of the rules in the reader's language."""
    return gettext(msgid)
