from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0008_texts")]

    operations = [
        migrations.CreateModel(
            name="ConfigUpload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("digest", models.CharField(max_length=64)),
                ("content", models.BinaryField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待采用"), ("applied", "已采用"), ("dropped", "已放弃")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("plan", models.JSONField(default=list)),
                ("by", models.CharField(max_length=100)),
                ("person", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("decided_by", models.CharField(blank=True, max_length=100)),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={"ordering": ("-at",)},
        ),
    ]
