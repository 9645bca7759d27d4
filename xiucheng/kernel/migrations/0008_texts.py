from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0007_retention")]

    operations = [
        migrations.CreateModel(
            name="TextOverride",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("msgid", models.TextField()),
                ("language", models.CharField(max_length=10)),
                ("text", models.TextField()),
                ("changed_at", models.DateTimeField()),
                ("changed_by", models.CharField(max_length=100)),
            ],
            options={
                "ordering": ("language", "msgid"),
                "constraints": [
                    models.UniqueConstraint(fields=("language", "msgid"), name="kernel_textoverride_once")
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER touch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kernel_textoverride "
            "FOR EACH STATEMENT EXECUTE FUNCTION kernel_touch_stamp('texts')",
            "DROP TRIGGER touch ON kernel_textoverride",
        ),
    ]
