"""The first account of an empty city: somebody must open the door from inside, once."""

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from xiucheng.kernel.errors import Refused
from xiucheng.people import actions, rules
from xiucheng.people.models import Person, Post, Role

DEFAULT_NAMES = {
    rules.Role.SYSTEM_ADMIN: ("sysadmin", "系统管理员"),
    rules.Role.SECURITY_ADMIN: ("secadmin", "安全管理员"),
    rules.Role.AUDITOR: ("auditor", "审计员"),
}


class Command(BaseCommand):
    """Three persons, since nobody may hold two of the three administrators (三权分立, security §1)."""

    help = (
        "Create the first system, security and audit administrator; passwords are asked for, or shown once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--prefix", default="", help="put before the three usernames")
        parser.add_argument(
            "--generate", action="store_true", help="generate the passwords, even on a terminal"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        held = Post.objects.filter(active=True, role__in=[role.value for role in rules.ADMINISTRATORS])
        missing = [role for role in rules.ADMINISTRATORS if not held.filter(role=role.value).exists()]
        if not missing:
            raise CommandError(
                _(
                    "三类管理员都已经有人了。其他账号请系统管理员在「管理 → 人员」里建立，"
                    "岗位由安全管理员在「管理 → 岗位」里授予。"
                )
            )
        ask = sys.stdin.isatty() and not options["generate"]
        with transaction.atomic():
            for role in missing:
                self._create(role, options["prefix"], ask)

    def _create(self, role: rules.Role, prefix: str, ask: bool) -> None:
        username, name = DEFAULT_NAMES[role]
        username = prefix + username
        password = getpass.getpass(f"{username} ({Role(role.value).label}): ") if ask else ""
        shown = not password
        password = password or actions.generate_password()
        try:
            person = actions.create_person(
                username=username, name=name, password=password, by=None, must_change=shown
            )
            actions.create_post(person=person, role=role, by=None)
        except Refused as refusal:
            raise CommandError(f"{username}: {refusal.sentence}") from refusal
        secret = password if shown else "********"
        self.stdout.write(f"{Person.objects.get(pk=person.pk).username}\t{secret}\t{Role(role.value).label}")
