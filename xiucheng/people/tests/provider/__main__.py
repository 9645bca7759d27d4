"""`python -m xiucheng.people.tests.provider PORT CALLBACK LOGOUT NAME…`: make the store, register, serve."""

import os
import sys
from wsgiref.simple_server import make_server

CLIENT, SECRET, PASSWORD = "xiucheng", "a secret of tests", "provider.2026"


def main(port: int, callbacks: str, logouts: str, names: list[str]) -> None:
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from oauth2_provider.models import get_application_model

    call_command("migrate", verbosity=0)
    for name in names:
        User.objects.create_user(name, password=PASSWORD)
    get_application_model().objects.create(
        name="绣城",
        client_id=CLIENT,
        client_secret=SECRET,
        client_type="confidential",
        authorization_grant_type="authorization-code",
        redirect_uris=callbacks,
        post_logout_redirect_uris=logouts,
        algorithm="RS256",
        skip_authorization=True,
    )
    make_server("127.0.0.1", port, get_wsgi_application()).serve_forever()


if __name__ == "__main__":  # not for who imports the names above: the environment is that of all his children
    os.environ["DJANGO_SETTINGS_MODULE"] = "xiucheng.people.tests.provider.settings"
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # both ends on this machine
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:])
