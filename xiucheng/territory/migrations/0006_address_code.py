from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("territory", "0005_upload_jobs"),
    ]

    operations = [
        migrations.AddField(
            model_name="addresspoint",
            name="code",
            field=models.TextField(blank=True, default="", verbose_name="地址编码"),
        ),
    ]
