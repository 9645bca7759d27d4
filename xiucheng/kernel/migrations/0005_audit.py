"""The record of changes becomes a ledger that proves itself; the entries made so far are sealed in their order."""

from uuid import uuid5

from django.db import migrations, models

from xiucheng.kernel import canonical, ledger
from xiucheng.kernel.audit import SPACE, readable
from xiucheng.kernel.migrations import _sql_0001 as sql


def seal_old_entries(apps, schema_editor):
    """One chain of what was written before; its kinds were not kept."""
    old, new = apps.get_model("kernel", "OldAdminChange"), apps.get_model("kernel", "AdminChange")
    chain, prev = uuid5(SPACE, "audit/before"), ledger.GENESIS
    for seq, row in enumerate(old.objects.order_by("at", "pk").iterator(), start=1):
        value = {
            "chain": str(chain),
            "seq": seq,
            "step": "before",
            "at": canonical.stamp(row.at),
            "data": canonical.plain({"before": readable(row.before), "after": readable(row.after)}),
            "note": row.note,
            "by": row.by,
            "person": None,
            "subject": row.subject,
        }
        body = canonical.encode(value)
        sealed = ledger.link(prev, body)
        columns = {"chain": chain, "at": row.at, "canonical": body, "prev": prev, "hash": sealed}
        new.objects.create(**value | columns)
        prev = sealed


EVENT = [
    ("id", models.BigAutoField(primary_key=True, serialize=False)),
    ("chain", models.UUIDField()),
    ("seq", models.IntegerField()),
    ("step", models.CharField(max_length=32)),
    ("at", models.DateTimeField()),
    ("data", models.JSONField(default=dict)),
    ("note", models.TextField(blank=True, default="")),
    ("canonical", models.BinaryField()),
    ("prev", models.BinaryField(max_length=32)),
    ("hash", models.BinaryField(max_length=32)),
]


def ledger_rules(model):
    return [
        models.UniqueConstraint(fields=("chain", "seq"), name=f"kernel_{model}_chain_seq"),
        models.CheckConstraint(condition=models.Q(("seq__gte", 1)), name=f"kernel_{model}_seq"),
    ]


class Migration(migrations.Migration):
    dependencies = [("kernel", "0004_files")]

    operations = [
        migrations.RunSQL(sql.DROP_KEEP_CHANGES, sql.KEEP_CHANGES),
        migrations.RenameModel("AdminChange", "OldAdminChange"),
        migrations.CreateModel(
            name="AdminChange",
            fields=[
                *EVENT,
                ("by", models.CharField(max_length=100)),
                ("person", models.BigIntegerField(null=True)),
                ("subject", models.CharField(max_length=200)),
            ],
            options={
                "ordering": ("-at", "-pk"),
                "abstract": False,
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="adminchange_at"),
                    models.Index(fields=["person", "-at"], name="adminchange_person"),
                ],
                "constraints": ledger_rules("adminchange"),
            },
        ),
        migrations.CreateModel(
            name="PersonalDataAccess",
            fields=[
                *EVENT,
                ("person", models.BigIntegerField(null=True)),
                ("post", models.BigIntegerField(null=True)),
                ("role", models.CharField(blank=True, default="", max_length=16)),
                ("what", models.CharField(max_length=60)),
                ("subject", models.CharField(max_length=200)),
            ],
            options={
                "ordering": ("-at", "-pk"),
                "abstract": False,
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="access_at"),
                    models.Index(fields=["person", "-at"], name="access_person"),
                    models.Index(fields=["subject", "-at"], name="access_subject"),
                ],
                "constraints": ledger_rules("personaldataaccess"),
            },
        ),
        migrations.RunPython(seal_old_entries, migrations.RunPython.noop),
        migrations.DeleteModel("OldAdminChange"),
        ledger.append_only("kernel_adminchange"),
        ledger.append_only("kernel_personaldataaccess"),
    ]
