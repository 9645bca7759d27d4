"""Marking sentences for the catalogue of translations where Django may not be imported. Pure."""


def gettext_noop(msgid: str) -> str:
    """The msgid itself; `makemessages` finds it by this name, a face translates it."""
    return msgid
