"""Choices with Chinese names, from the room's vocabulary."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _


def choices(names: Mapping[Any, str]) -> list[tuple[str, Any]]:
    return [(str(key), _(name)) for key, name in names.items()]
