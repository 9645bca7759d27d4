from django.db import migrations, models

from xiucheng.kernel.migrations import _sql_0001 as sql


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AdminChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=100)),
                ("subject", models.CharField(max_length=200)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ("-at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("date", models.DateField(primary_key=True, serialize=False)),
                ("is_workday", models.BooleanField()),
                ("name", models.CharField(blank=True, max_length=50)),
                ("source", models.CharField(max_length=200)),
            ],
            options={
                "ordering": ("date",),
            },
        ),
        migrations.CreateModel(
            name="CalendarYear",
            fields=[
                ("year", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("source", models.CharField(max_length=200)),
                ("announced_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("year",),
            },
        ),
        migrations.CreateModel(
            name="CaseCounter",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "division_code", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("division_code", models.CharField(max_length=6)),
                ("day", models.DateField()),
                ("last", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Stamp",
            fields=[
                ("name", models.CharField(max_length=30, primary_key=True, serialize=False)),
                ("value", models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name="Setting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=100)),
                ("division_code", models.CharField(blank=True, max_length=12)),
                ("value", models.TextField()),
                ("changed_at", models.DateTimeField()),
                ("changed_by", models.CharField(max_length=100)),
            ],
            options={
                "ordering": ("key", "division_code"),
                "constraints": [
                    models.UniqueConstraint(fields=("key", "division_code"), name="kernel_setting_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkingWindows",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("division_code", models.CharField(blank=True, max_length=12)),
                ("valid_from", models.DateField()),
                ("season_name", models.CharField(blank=True, max_length=50)),
                ("season_first", models.PositiveSmallIntegerField(default=101)),
                ("season_last", models.PositiveSmallIntegerField(default=1231)),
                ("work", models.CharField(max_length=200)),
                ("duty", models.CharField(max_length=200)),
                ("source", models.CharField(max_length=200)),
            ],
            options={
                "ordering": ("division_code", "valid_from", "season_first"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("division_code", "valid_from", "season_first"), name="kernel_windows_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("season_first__range", (101, 1231)), ("season_last__range", (101, 1231))
                        ),
                        name="kernel_windows_month_day",
                    ),
                ],
            },
        ),
        migrations.RunSQL(sql.RECEIPTS, sql.DROP_RECEIPTS),
        migrations.RunSQL(sql.STAMPS, sql.DROP_STAMPS),
        migrations.RunSQL(sql.KEEP_CHANGES, sql.DROP_KEEP_CHANGES),
    ]
