import django.db.models.deletion
from django.db import migrations, models

from xiucheng.kernel.files.shelf import Shelf


def keep_files(apps, editor):
    """What waits in the database moves to its shelf in the store of files."""
    for model, folder in (("GroundVersion", "ground"), ("AddressImport", "addresses")):
        shelf = Shelf(folder, tuple)
        for row in apps.get_model("territory", model).objects.exclude(content=None).iterator(chunk_size=1):
            row.upload = shelf.keep(bytes(row.content)).name
            row.save(update_fields=["upload"])


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0010_upload_jobs"),
        ("territory", "0004_versions"),
    ]

    operations = [
        migrations.AddField(
            model_name="addressimport",
            name="changed",
            field=models.PositiveIntegerField(default=0, verbose_name="更新"),
        ),
        migrations.AddField(
            model_name="addressimport",
            name="new",
            field=models.PositiveIntegerField(default=0, verbose_name="新增"),
        ),
        migrations.AddField(
            model_name="addressimport",
            name="upload",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name="groundversion",
            name="asked",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="groundversion",
            name="job",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="kernel.job"
            ),
        ),
        migrations.AddField(
            model_name="groundversion",
            name="upload",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AlterField(
            model_name="groundversion",
            name="state",
            field=models.CharField(
                choices=[
                    ("reading", "正在读文件"),
                    ("unread", "没有读入"),
                    ("uploaded", "待确认坐标系"),
                    ("checking", "正在核对"),
                    ("draft", "起草中"),
                    ("submitted", "待批准"),
                    ("approving", "正在核对，核对完即批准"),
                    ("approved", "已批准，等生效日"),
                    ("in_force", "已生效"),
                    ("failed", "没有生效"),
                    ("rejected", "未批准"),
                    ("withdrawn", "已撤回"),
                ],
                default="uploaded",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.RunPython(keep_files, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name="addressimport",
            name="content",
        ),
        migrations.RemoveField(
            model_name="groundversion",
            name="content",
        ),
    ]
