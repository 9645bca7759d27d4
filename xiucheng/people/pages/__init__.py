"""Pages of this room: sign in and out, one's own things, the administration of people."""

from xiucheng.people.pages.sign_in import choose_post, code, login, logout, password

__all__ = ["choose_post", "code", "login", "logout", "password"]
