"""A password rule of this room; the others are Django's and web's (settings.AUTH_PASSWORD_VALIDATORS)."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from xiucheng.people.models import Person


class UnlikeUsername:
    """The username, forwards or backwards, may not be in the password, nor the password in it."""

    def validate(self, password: str, user: Person | None = None) -> None:
        """Raises ValidationError with what to do."""
        name = (user.username if user else "").casefold()
        word = password.casefold()
        if len(name) >= 3 and (name in word or name[::-1] in word or word in name):
            raise ValidationError(self.get_help_text(), code="password_like_username")

    def get_help_text(self) -> str:
        return _("密码不能包含用户名，也不能与用户名相似。")
