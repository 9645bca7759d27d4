"""What all pages share: a refusal beside its field, and where a form may lead back to."""

from collections.abc import Mapping

from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused


def refuse(form: BaseForm, refusal: Refused, *, known: Mapping[str, str] | None = None) -> int:
    """Show a refusal beside its field, or above the form, and keep what was typed.

    known: the form's name of a field by the action's; «» for one that stands above the form. Returns the HTTP status
    to answer with.
    """
    field = (known or {}).get(refusal.field, refusal.field)
    form.add_error(field if field in form.fields else None, refusal.said(_))
    return refusal.status


def own_address(request: HttpRequest, wanted: str) -> str:
    """A path of this site as it was asked for; «» for anything that a stranger's link could carry."""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if wanted.startswith("/") and safe else ""
