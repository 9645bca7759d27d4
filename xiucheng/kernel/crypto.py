"""Keyed hashes, query codes, and encryption of personal data in the store.

Algorithms: HMAC-SM3, SM4-GCM (AES-256-GCM where the library lacks SM4); standards/security.md §3 [M].
Keys come from settings (environment, or files readable by the owner only): FIELD_KEY encrypts personal data,
CODE_KEY makes query codes and indexes. FIELD_KEY may list several keys, comma separated: the first writes,
all read. To rotate, put a new key in front, run `manage.py reencrypt`, take the old key away:
docs/operators/keys.md.
"""

from __future__ import annotations

import base64
import hmac
import os
import unicodedata
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models

ALPHABET = (
    "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without 0 O 1 I: read out over the telephone, typed on a phone
)
_IV = 12  # bytes, as GCM wants it
_TAG = 16


class Undecryptable(ValueError):
    """A stored value that none of the keys opens: the key is missing, or the value was altered."""


def hmac_sm3(key: bytes, message: bytes) -> bytes:
    """HMAC-SM3, 32 bytes: RFC 2104 over SM3."""
    return hmac.digest(key, message, "sm3")


# --- Query codes ---


def query_code(case: UUID) -> str:
    """The code with which a reporter follows a case: 8 characters, 40 bits, grouped «7KQ4-M2XD».

    Derived with CODE_KEY, never stored; the same case always gives the same code. Raises ImproperlyConfigured
    without a key.
    """
    digest = hmac_sm3(_derived(_required("CODE_KEY"), "query code"), case.bytes)
    number = int.from_bytes(digest[:5])
    text = "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
    return f"{text[:4]}-{text[4:]}"


def code_matches(case: UUID, typed: str) -> bool:
    """Whether a person typed the code of this case: any case and width, dash or not."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", typed[:64]).upper() if c.isalnum())
    return hmac.compare_digest(query_code(case).replace("-", "").encode(), plain.encode())


# --- Encryption of fields ---


def encrypt(text: str) -> str:
    """A token «algorithm.key.base64»; every call gives another one. "" stays "", there is nothing to hide."""
    if not text:
        return ""
    key = _field_keys()[0]
    algorithm = "sm4" if _has_sm4() else "aes"
    iv = os.urandom(_IV)
    writer = Cipher(_cipher(algorithm, key), modes.GCM(iv)).encryptor()
    writer.authenticate_additional_data(algorithm.encode())
    sealed = iv + writer.update(text.encode()) + writer.finalize() + writer.tag
    return f"{algorithm}.{_key_id(key)}.{base64.urlsafe_b64encode(sealed).decode()}"


def decrypt(token: str) -> str:
    """The text of a token. Raises Undecryptable."""
    if not token:
        return ""
    try:
        algorithm, key_id, body = token.split(".")
        key = next(key for key in _field_keys() if _key_id(key) == key_id)
        sealed = base64.b64decode(body, altchars=b"-_", validate=True)
        mode = modes.GCM(sealed[:_IV], sealed[-_TAG:])
        reader = Cipher(_cipher(algorithm, key), mode).decryptor()
        reader.authenticate_additional_data(algorithm.encode())
        return (reader.update(sealed[_IV:-_TAG]) + reader.finalize()).decode()
    except StopIteration:
        raise Undecryptable("no key opens this value") from None
    except (ValueError, KeyError, InvalidTag):
        raise Undecryptable("the stored value was altered") from None


def seal(content: bytes) -> bytes:
    """Encrypt the bytes of a file: «algorithm.key.» and what GCM makes of them."""
    key = _field_keys()[0]
    algorithm = "sm4" if _has_sm4() else "aes"
    iv = os.urandom(_IV)
    writer = Cipher(_cipher(algorithm, key), modes.GCM(iv)).encryptor()
    writer.authenticate_additional_data(b"file " + algorithm.encode())
    head = f"{algorithm}.{_key_id(key)}.".encode()
    return b"".join((head, iv, writer.update(content), writer.finalize(), writer.tag))


def unseal(sealed: bytes) -> bytes:
    """The bytes of a sealed file. Raises Undecryptable."""
    try:
        algorithm, key_id, body = sealed.split(b".", 2)
        key = next(key for key in _field_keys() if _key_id(key).encode() == key_id)
        mode = modes.GCM(body[:_IV], body[-_TAG:])
        reader = Cipher(_cipher(algorithm.decode(), key), mode).decryptor()
        reader.authenticate_additional_data(b"file " + algorithm)
        return reader.update(body[_IV:-_TAG]) + reader.finalize()
    except StopIteration:
        raise Undecryptable("no key opens this file") from None
    except (ValueError, KeyError, InvalidTag):
        raise Undecryptable("the stored file was altered") from None


def is_current(token: str) -> bool:
    """Whether a token was written with the key that writes now; others wait for re-encryption."""
    return not token or token.split(".")[1:2] == [_key_id(_field_keys()[0])]


def blind_index(value: str, *, purpose: str) -> str:
    """A keyed hash (64 hex digits) to look an encrypted value up by equality. "" gives "".

    purpose: for example «phone», so that indexes of different columns cannot be joined. Keyed by CODE_KEY, so
    that rotating FIELD_KEY leaves it alone. Normalise first: `normal_phone`.
    """
    if not value:
        return ""
    return hmac_sm3(_derived(_required("CODE_KEY"), f"index {purpose}"), value.encode()).hex()


def normal_phone(text: str) -> str:
    """Digits only, half width, without the country's +86.

    >>> normal_phone("+86 138-1234-5678"), normal_phone("１３８１２３４５６７８")
    ('13812345678', '13812345678')
    >>> normal_phone("0871 63123456")
    '087163123456'
    """
    digits = "".join(c for c in unicodedata.normalize("NFKC", text) if c in "0123456789")
    return digits[-11:] if len(digits) in (13, 15) and digits.lstrip("0").startswith("861") else digits


class EncryptedText(models.TextField):
    """A text column encrypted in the store and plain in Python. Cannot be searched: see `blind_index`."""

    description = "Text encrypted in the store"

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None else encrypt(str(value))

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return value if value is None else decrypt(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted; look it up by a blind index")
        return super().get_lookup(lookup_name)


# --- Keys ---


def _required(name: str) -> str:
    value: str = getattr(settings, name, "")
    if not value:
        raise ImproperlyConfigured(f"XIUCHENG_{name} is not set and DATA/secrets/{name.lower()} is missing")
    return value


def _field_keys() -> list[str]:
    return [key.strip() for key in _required("FIELD_KEY").split(",") if key.strip()]


@lru_cache(maxsize=64)
def _derived(secret: str, purpose: str) -> bytes:
    """A key for one purpose only, 32 bytes."""
    return hmac_sm3(secret.encode(), purpose.encode())


def fingerprint(secret: str) -> str:
    """Eight hex digits by which a secret is told from another; it cannot be had from them."""
    return _key_id(secret)


def _key_id(secret: str) -> str:
    return _derived(secret, "key id")[:4].hex()


def _cipher(algorithm: str, secret: str) -> Any:
    """SM4 with 128 bits or AES with 256. Raises KeyError for another name."""
    kind, size = {"sm4": (algorithms.SM4, 16), "aes": (algorithms.AES, 32)}[algorithm]
    return kind(_derived(secret, f"field {algorithm}")[:size])


@lru_cache(maxsize=1)
def _has_sm4() -> bool:
    try:
        Cipher(algorithms.SM4(bytes(16)), modes.GCM(bytes(_IV))).encryptor()
    except UnsupportedAlgorithm:
        return False
    return True
