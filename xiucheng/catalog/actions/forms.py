"""Extra fields: declared, changed, switched off. A key that was ever used keeps its meaning."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from xiucheng.catalog import answers, snapshot
from xiucheng.catalog.actions._shared import check_form, record
from xiucheng.catalog.models import Category, ExtraField
from xiucheng.kernel.errors import Refused
from xiucheng.people.actions import require
from xiucheng.people.models import Post
from xiucheng.people.rules import Right

CHANGEABLE = ("label", "label_en", "help", "choices", "doors", "required", "position", "active")


def set_extra_field(
    *,
    category: Category,
    key: str,
    label: str,
    kind: str,
    doors: Sequence[str],
    by: Post | None,
    label_en: str = "",
    help: str = "",
    choices: Sequence[str] = (),
    required: bool = False,
    position: int = 0,
    active: bool = True,
) -> ExtraField:
    """Declare a field, or change the one of this key; its kind stays, since answers of that kind are recorded.

    Raises: Refused 403 without the right; 422 with the field: a bad key, a name that asks for a person, a choice
    without options, no door, another kind.
    """
    require(by, Right.MANAGE_SETTINGS)
    if answers.PERSONAL_WORDS.search(label):
        raise Refused(
            _("附加项会进入不能更改的记录，不能用来填姓名、电话等个人信息；上报表已有加密的联系方式。"),
            field="label",
        )
    options = list(dict.fromkeys(word.strip() for word in choices if word.strip()))
    if kind == ExtraField.Kind.CHOICE and len(options) < 2:
        raise Refused(_("请至少写两个可选的，一行一个。"), field="choices")
    known = [door for door in ExtraField.Door.values if door in doors]
    if not known:
        raise Refused(_("请至少选一个出现的地方。"), field="doors")
    with transaction.atomic():
        old = ExtraField.objects.select_for_update().filter(category=category, key=key).first()
        if old is not None and old.kind != kind:
            raise Refused(_("已经用过的项不能改成另一种；请停用它，另建一项。"), status=409, field="kind")
        row = old or ExtraField(category=category, key=key, kind=kind)
        before = {name: getattr(old, name) for name in CHANGEABLE} if old else None
        row.label, row.label_en, row.help = label.strip(), label_en.strip(), help.strip()
        row.choices, row.doors = options if kind == ExtraField.Kind.CHOICE else [], known
        row.required, row.position, row.active = required, position, active
        check_form(row)
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            sentence = _("键只能用小写英文字母、数字和下划线，以字母开头，最多 30 个字。")
            raise Refused(sentence, field="key") from error
        after = {name: getattr(row, name) for name in CHANGEABLE}
        record(by, f"field {category.key} {key}", before, after | {"kind": kind})
        snapshot.changed()
    return row
