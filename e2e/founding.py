"""What is in a town of the tests: the catalogue and the fixed cast. Run as a program of its own, because the
process of the tests is bound to another database:  python -m e2e.founding  prints a JSON object of names and ids."""

import json

import django


def main() -> None:
    django.setup()
    from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
    from django.core.management import call_command
    from django.db import connection, transaction

    from e2e.probe.jobs import TABLE
    from xiucheng.catalog.actions import load_catalog
    from xiucheng.people.tests import city

    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost = 1, 1024  # the hash says so itself
    call_command("migrate", verbosity=0, interactive=False)
    with transaction.atomic(), connection.cursor() as cursor:
        load_catalog()
        built = city.build(make_password(city.PASSWORD))
        cursor.execute(TABLE)
    names = {
        "password": city.PASSWORD,
        "posts": {name: post.pk for name, post in built.posts.items()},
        "departments": {name: row.pk for name, row in built.departments.items()},
    }
    print(json.dumps(names, ensure_ascii=False))


if __name__ == "__main__":
    main()
