"""A stored address as the row of a file that an import makes the same address of: `naming.sorted_out` backwards. Pure."""

import re
from collections.abc import Sequence

from xiucheng.territory.addresses.rules.kinds import Kind

APART = re.compile("[;；、,，|]")
"""What an import reads as the end of an alias."""
ADDED = {
    Kind.DOOR: re.compile("([0-9]+-[0-9]+[A-Z]?)号"),
    Kind.BUILDING: re.compile("([0-9]+-[0-9]+[A-Z]?)栋"),
}
"""A number of two parts as it is shown: without the word, which the store added, it is read as it was written."""


def names_of(
    kind: str, name: str, aliases: Sequence[str], street: str, number: str, across: str
) -> dict[str, str]:
    """The cells that hold names. across: the other street of a crossing, as the store calls it.

    >>> names_of("door", "人民路123附5号", ["老楼"], "人民路", "123附5号", "")
    {'name': '', 'street': '人民路', 'number': '123附5号', 'estate': '', 'cross': '', 'aliases': '老楼'}
    >>> names_of("building", "锦绣家园5栋", [], "", "5栋", "")["estate"]
    '锦绣家园'
    """
    written = ADDED[Kind(kind)].fullmatch(number) if kind in ADDED else None
    cell = written[1] if written else number
    found = {"name": name, "street": street, "number": cell, "estate": "", "cross": ""}
    match kind:
        case Kind.DOOR:
            # A name of its own was added to the aliases; it stays whole even where it holds a comma.
            whole = [alias for alias in aliases if APART.search(alias)][:1]
            found["name"] = "".join(whole)
            aliases = [alias for alias in aliases if alias not in whole]
        case Kind.BUILDING:
            found |= {"name": "", "estate": name.removesuffix(number)}
        case Kind.COMPONENT:
            found["name"] = name.removesuffix(f" {number}")
            aliases = ()  # all made from the name and the number
        case Kind.CROSSING:
            other = name.removeprefix(f"{street}与")
            other = other.removesuffix("路口") if other.endswith("路口") else across
            found |= {"name": "", "number": "", "cross": other}
    return found | {"aliases": "、".join(aliases)}
