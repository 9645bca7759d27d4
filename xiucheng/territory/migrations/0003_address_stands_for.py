"""An alias repeats the name it stands for: the search needs no join of the names with themselves. Initials are
looked up by their beginning too; base and cross stand first in indexes of their own."""

from typing import ClassVar

from django.contrib.postgres.indexes import BTreeIndex, OpClass
from django.db import migrations, models
from django.db.models.deletion import PROTECT

FILL = """
UPDATE territory_addressname n SET stands_for = b.name FROM territory_addressname b
 WHERE b.id = coalesce(n.base_id, n.id)
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("territory", "0002_addresses")]
    operations: ClassVar = [
        migrations.AddField(
            "addressname",
            "stands_for",
            models.CharField(
                default="",
                help_text="the name of the base; an alias repeats it, to save a join",
                max_length=100,
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveIndex("addressname", "addressname_initials"),
        migrations.AddIndex(
            "addressname",
            BTreeIndex(
                OpClass("initials", name="text_pattern_ops"),
                models.F("weight").desc(),
                name="addressname_letters",
            ),
        ),
        migrations.AlterField(
            "addresspoint",
            "base",
            models.ForeignKey(
                db_index=False, on_delete=PROTECT, related_name="points", to="territory.addressname"
            ),
        ),
        migrations.AlterField(
            "addresspoint",
            "cross",
            models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="路口的另一条街",
                null=True,
                on_delete=PROTECT,
                related_name="+",
                to="territory.addressname",
            ),
        ),
    ]
