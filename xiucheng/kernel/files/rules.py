"""What a file is and where it lies. Pure."""

import re
from dataclasses import dataclass

import filetype

SNIFFED = 8192  # bytes from the start that decide what a file is

MIME_KIND = {
    "image/jpeg": "image",
    "image/png": "image",
    "image/webp": "image",
    "image/gif": "image",
    "image/avif": "image",
    "image/heic": "image",
    "application/pdf": "pdf",
    "video/mp4": "video",
    "video/quicktime": "video",
    "video/webm": "video",
    "video/3gpp": "video",
    "audio/mpeg": "audio",
    "audio/mp4": "audio",
    "audio/aac": "audio",
    "audio/amr": "audio",
    "audio/ogg": "audio",
    "audio/wav": "audio",
}
"""What may be stored at all: mime type → kind."""

EXTENSION = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/avif": "avif",
    "image/heic": "heic",
    "application/pdf": "pdf",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/3gpp": "3gp",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
}

_ALIASES = {
    "audio/x-wav": "audio/wav",
    "audio/x-m4a": "audio/mp4",
    "video/x-m4v": "video/mp4",
    "image/heif": "image/heic",
}
_NAMED = {
    "image": {"jpg", "jpeg", "jpe", "png", "webp", "gif", "avif", "heic", "heif", "bmp", "tif", "tiff"},
    "pdf": {"pdf"},
    "video": {"mp4", "m4v", "mov", "webm", "3gp", "avi", "mkv"},
    "audio": {"mp3", "m4a", "aac", "amr", "ogg", "oga", "wav"},
}
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}


@dataclass(frozen=True, slots=True)
class Content:
    """What the bytes are. mime "" and kind "" if they are nothing we store."""

    mime: str
    kind: str


def sniff(head: bytes) -> Content:
    """What a file is by its first SNIFFED bytes; its name and the sender's word do not count.

    >>> sniff(b"%PDF-1.7"), sniff(b"MZ" + bytes(60))
    (Content(mime='application/pdf', kind='pdf'), Content(mime='', kind=''))
    """
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS and b"avif" not in head[8:40]:
        return Content("image/heic", "image")
    guessed = filetype.guess(head)
    mime = guessed.mime if guessed else ""
    mime = _ALIASES.get(mime, mime)
    kind = MIME_KIND.get(mime, "")
    return Content(mime if kind else "", kind)


def named_kind(name: str) -> str:
    """The kind that a file name promises; "" if its ending promises none.

    >>> named_kind("IMG_1.JPG"), named_kind("a.pdf"), named_kind("photo"), named_kind("x.exe")
    ('image', 'pdf', '', '')
    """
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return next((kind for kind, endings in _NAMED.items() if ending in endings), "")


VARIANTS = {"public": 1280, "thumb": 320}
"""Copies of an image: longest side in pixels. They are JPEG, upright, without EXIF."""


def path(sm3: str, mime: str, variant: str) -> str:
    """Where a file lies in the store, spread over 65,536 folders by its hash.

    Raises: ValueError for a text that is no hash, KeyError for an unknown variant: no path is made from
    foreign text.

    >>> path("ab" * 32, "image/png", "original")
    'original/ab/ab/abababababababababababababababababababababababababababababababab.png'
    """
    if not re.fullmatch(r"[0-9a-f]{64}", sm3):
        raise ValueError("not an SM3 digest")
    if variant != "original":
        VARIANTS[variant]
    ending = EXTENSION[mime] if variant == "original" else "jpg"
    return f"{variant}/{sm3[:2]}/{sm3[2:4]}/{sm3}.{ending}"
