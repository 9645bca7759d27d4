import django.db.models.deletion
from django.db import migrations, models

from xiucheng.kernel.files.shelf import Shelf


def keep_files(apps, editor):
    """What waits in the database moves to its shelf in the store of files."""
    shelf = Shelf("config", tuple, sealed=True)
    for row in apps.get_model("kernel", "ConfigUpload").objects.exclude(content=None).iterator(chunk_size=1):
        row.upload = shelf.keep(bytes(row.content)).name
        row.save(update_fields=["upload"])


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0009_config_upload"),
    ]

    operations = [
        migrations.AddField(
            model_name="configupload",
            name="asked",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="configupload",
            name="faults",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="configupload",
            name="job",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="kernel.job"
            ),
        ),
        migrations.AddField(
            model_name="configupload",
            name="problems",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="configupload",
            name="upload",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name="job",
            name="step",
            field=models.CharField(blank=True, default="", max_length=60),
        ),
        migrations.AlterField(
            model_name="configupload",
            name="state",
            field=models.CharField(
                choices=[
                    ("reading", "正在比较"),
                    ("wrong", "有错误，不能采用"),
                    ("waiting", "待采用"),
                    ("applying", "正在采用"),
                    ("applied", "已采用"),
                    ("dropped", "已放弃"),
                ],
                default="reading",
                max_length=8,
            ),
        ),
        migrations.RunPython(keep_files, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name="configupload",
            name="content",
        ),
    ]
