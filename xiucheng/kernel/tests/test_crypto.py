"""Query codes, encrypted fields, blind indexes."""

import re
from typing import ClassVar
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import call_command
from django.db import connection, models
from hypothesis import given
from hypothesis import strategies as st

from xiucheng.kernel import crypto, ledger
from xiucheng.kernel.management.commands import reencrypt


def test_the_published_vectors_hold():
    assert ledger.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    writer = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()
    assert writer.update(key).hex() == "681edf34d206965e86b3e94f536e4246"


def test_hmac_sm3_is_the_construction_of_rfc_2104():
    key, message = b"k" * 20, "绣城".encode()
    padded = key.ljust(64, b"\0")
    inner = ledger.sm3(bytes(b ^ 0x36 for b in padded) + message)
    assert crypto.hmac_sm3(key, message) == ledger.sm3(bytes(b ^ 0x5C for b in padded) + inner)


def test_a_query_code_is_stable_readable_and_keyed(settings):
    case, settings.CODE_KEY = UUID(int=7), "a" * 64
    code = crypto.query_code(case)
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", code)
    assert crypto.query_code(case) == code
    assert len({crypto.query_code(uuid4()) for _ in range(2000)}) == 2000
    settings.CODE_KEY = "b" * 64
    assert crypto.query_code(case) != code


def test_a_typed_code_is_read_kindly_but_exactly(settings):
    case, settings.CODE_KEY = UUID(int=7), "a" * 64
    code = crypto.query_code(case)
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code)
    for typed in (code, code.lower(), code.replace("-", ""), f"  {code} ", wide):
        assert crypto.code_matches(case, typed)
    other = "3" if code[0] == "2" else "2"
    for typed in ("", code[:-1], code + "2", other + code[1:], "查询码", "\x00" * 9):
        assert not crypto.code_matches(case, typed)


def test_without_a_key_nothing_is_made(settings):
    settings.CODE_KEY = settings.FIELD_KEY = ""
    for call in (lambda: crypto.query_code(UUID(int=1)), lambda: crypto.encrypt("x")):
        with pytest.raises(ImproperlyConfigured):
            call()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_encrypted_comes_back_and_never_looks_the_same(text):
    first, second = crypto.encrypt(text), crypto.encrypt(text)
    assert crypto.decrypt(first) == crypto.decrypt(second) == text
    assert not text or first != second


def test_a_rotated_key_still_reads(settings):
    settings.FIELD_KEY = "old"
    token, index = crypto.encrypt("13812345678"), crypto.blind_index("13812345678", purpose="phone")
    settings.FIELD_KEY = "new, old"
    assert crypto.decrypt(token) == "13812345678"
    assert not crypto.is_current(token)
    assert crypto.is_current(crypto.encrypt("x"))
    assert crypto.blind_index("13812345678", purpose="phone") == index
    settings.FIELD_KEY = "new"
    with pytest.raises(crypto.Undecryptable, match="no key"):
        crypto.decrypt(token)


def test_an_altered_value_is_refused():
    token = crypto.encrypt("张三")
    algorithm, key, body = token.split(".")
    flipped = ("A" if body[20] != "A" else "B").join((body[:20], body[21:]))
    for altered in (
        f"{algorithm}.{key}.{flipped}",
        f"xx.{key}.{body}",
        "张三",
        f"{algorithm}.{key}.",
        f"{token}=",
    ):
        with pytest.raises(crypto.Undecryptable):
            crypto.decrypt(altered)


def test_an_index_depends_on_its_purpose():
    phone, name = (crypto.blind_index("13812345678", purpose=p) for p in ("phone", "name"))
    assert phone != name
    assert len(phone) == 64
    assert crypto.blind_index("", purpose="phone") == ""


class Contact(models.Model):
    phone = crypto.EncryptedText(blank=True, null=True)

    objects: ClassVar[models.Manager["Contact"]] = models.Manager()

    class Meta:
        app_label = "kernel_probe"
        db_table = "probe_contact"

    def __str__(self):
        return str(self.pk)


def test_a_field_is_plain_in_python_and_sealed_in_the_store(db):
    with connection.schema_editor() as editor:
        editor.create_model(Contact)
    for value in ("13812345678", "", None):
        contact = Contact.objects.create(phone=value)
        assert Contact.objects.get(pk=contact.pk).phone == value
    assert Contact.objects.filter(phone__isnull=True).count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM probe_contact WHERE phone <> ''")
        ((stored,),) = cursor.fetchall()
    assert re.fullmatch(r"(sm4|aes)\.[0-9a-f]{8}\.[\w-]+=*", stored)
    with pytest.raises(FieldError):
        Contact.objects.filter(phone="13812345678")


def test_every_value_is_written_again_with_the_new_key(db, settings, capsys, monkeypatch):
    with connection.schema_editor() as editor:
        editor.create_model(Contact)
    monkeypatch.setattr(reencrypt, "BATCH", 2)
    settings.FIELD_KEY = "old"
    Contact.objects.bulk_create([Contact(phone=value) for value in ("1", "2", "3", "", None, "4")])
    settings.FIELD_KEY = "new,old"
    Contact.objects.create(phone="5")
    phone = Contact._meta.get_field("phone")
    counts = [reencrypt._renew(Contact, phone, only_count=only) for only in (True, False, True)]
    assert counts == [4, 4, 0]
    settings.FIELD_KEY = "new"
    assert list(Contact.objects.order_by("pk").values_list("phone", flat=True)) == [
        "1", "2", "3", "", None, "4", "5",
    ]  # fmt: skip
    call_command("reencrypt", "--check")
    lines = capsys.readouterr().out.splitlines()
    assert all(line.endswith("：0 个值") for line in lines)
