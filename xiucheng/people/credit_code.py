"""统一社会信用代码 (GB 32100): the 18-character code of an organisation. Pure.

1 registrar + 1 kind of body + 6 division + 9 body + 1 check character (standards/codes.md §2, [M]).
"""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # 31 characters: no I, O, S, V, Z
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
LENGTH = 18


def check_character(body: str) -> str:
    """The 18th character for the first 17; they must all be of the alphabet.

    >>> check_character("91350100M000100Y4")
    '3'
    """
    total = sum(ALPHABET.index(char) * weight for char, weight in zip(body, WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def fault(code: str) -> str:
    """Why a code is not one: «length», «alphabet», «division», «check»; empty if it is sound.

    >>> fault("91350100M000100Y43"), fault("91350100M000100Y44"), fault("9135")
    ('', 'check', 'length')
    """
    if len(code) != LENGTH:
        return "length"
    if any(char not in ALPHABET for char in code):
        return "alphabet"
    if not code[2:8].isdigit():
        return "division"
    return "" if check_character(code[:17]) == code[17] else "check"


def compose(division: str, serial: int, *, registrar: str = "1", kind: str = "1") -> str:
    """A sound code of a made-up body, for demonstrations and tests («11»: 机构编制, 机关).

    division: 6 digits; serial: 0 to 99,999,999, written into the nine characters of the body.
    """
    body = f"{registrar}{kind}{division}{serial:09d}"
    return body + check_character(body)
