"""Handing a stored file to a browser. Whether this person may see it is the caller's to decide, before."""

from django.http import FileResponse
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.kernel.models import StoredFile

from . import actions, images, queries, rules

INLINE = ("image", "video", "audio")  # a PDF may carry script: it is saved, not shown


def serve(file: StoredFile, variant: str = "public") -> FileResponse:
    """The file as a response.

    variant: «original» (evidence, with EXIF: only for those who may see where it was taken), «public» (at
    most 1280 pixels a side) or «thumb» (320), both without EXIF. Files that are no images have only the
    original. Raises: Refused (404 no such variant, 410 its term was over, 503 the storage does not have it).
    """
    if variant != "original" and (variant not in rules.VARIANTS or file.kind != "image"):
        raise Refused(_("这个文件没有这种尺寸。"), status=404, code="no_variant")
    content = _opened(file, variant)
    mime = file.mime if variant == "original" else "image/jpeg"
    ending = rules.EXTENSION[mime]
    response = FileResponse(
        content,
        content_type=mime,
        as_attachment=file.kind not in INLINE,
        filename=f"{file.kind}-{file.sm3[:12]}.{ending}",  # no name that a stranger chose
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    response["ETag"] = f'"{file.sm3}-{variant}"'
    return response


def _opened(file: StoredFile, variant: str) -> object:
    if file.deleted_at:
        text = _("这个文件已过保存期限，按规定删除；记录里只留下它的摘要。")
        raise Refused(text, status=410, code="file_deleted")
    try:
        return queries.opened(file, variant)
    except FileNotFoundError:
        pass
    try:
        if variant != "original":
            actions.make_copies(file)  # a lost copy is made again
            return queries.opened(file, variant)
    except (FileNotFoundError, images.Unreadable, images.TooManyPixels):
        pass
    raise Refused(_("文件暂时读不出来，请稍后再试；仍然不行请联系管理员。"), status=503, code="file_missing")
