"""The web server's door: granian loads `application` (script/server)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiucheng.settings")
application = get_wsgi_application()
