"""Files that people send: photos, documents, sound."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class StoredFile(models.Model):
    """One file, stored once however often it is sent. What refers to it decides who may see it.

    The original is evidence and stays untouched under its hash; copies for the public carry no EXIF.
    """

    class Kind(models.TextChoices):
        IMAGE = "image", _("图片")
        VIDEO = "video", _("视频")
        AUDIO = "audio", _("录音")
        PDF = "pdf", _("PDF 文件")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    sm3 = models.CharField(max_length=64, unique=True)  # hexadecimal
    kind = models.CharField(max_length=8, choices=Kind.choices)
    mime = models.CharField(max_length=64)
    size = models.BigIntegerField()  # bytes
    width = models.IntegerField(null=True)  # pixels as displayed, orientation applied
    height = models.IntegerField(null=True)
    taken_at = models.DateTimeField(null=True)  # what the camera says; it may be wrong
    lon_e7 = models.IntegerField(null=True)  # 1e-7 degree; GPS is WGS 84, which counts as CGCS2000
    lat_e7 = models.IntegerField(null=True)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)  # its term was over: the bytes are gone, the hash stays

    def __str__(self) -> str:
        return f"{self.kind} {self.sm3[:12]}"
