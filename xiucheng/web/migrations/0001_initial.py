from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="RateBucket",
            fields=[
                ("key", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("level_at", models.DateTimeField()),
            ],
        ),
        # Every row changes with every request: half-full pages keep the new version on the same page (HOT).
        migrations.RunSQL(
            "ALTER TABLE web_ratebucket SET UNLOGGED, SET (fillfactor = 50)",
            migrations.RunSQL.noop,
        ),
    ]
