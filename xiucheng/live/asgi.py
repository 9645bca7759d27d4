"""Entry point of the stream's process: granian --interface asgi. It serves no page."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiucheng.settings")
django.setup()

from xiucheng.live.stream.door import Application  # noqa: E402  # settings first

application = Application()
