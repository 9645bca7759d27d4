"""Reading becomes each post's own; messages also go to a role in a county, and end when what they wait for is done."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Until now whoever read a message first had read it for the whole department; nobody finds it unread again.
MARKS_OF_BEFORE = """
INSERT INTO cases_noticeread (post_id, notice_id, at)
SELECT post.id, notice.id, notice.read_at
FROM cases_notice notice
JOIN people_post post ON post.id = notice.post_id
    OR (post.department_id = notice.department_id AND post.role IN ('department', 'grid_worker'))
WHERE notice.read_at IS NOT NULL AND notice.at > now() - interval '30 days'
ON CONFLICT DO NOTHING;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_initial"),
        ("people", "0003_sessions_totp_delegation"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticeChoice",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "muted",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), default=list, size=None
                    ),
                ),
                (
                    "sms",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), default=list, size=None
                    ),
                ),
                ("digest_hour", models.SmallIntegerField(null=True)),
                (
                    "digest_by",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), default=list, size=None
                    ),
                ),
                ("quiet_from", models.SmallIntegerField()),
                ("quiet_to", models.SmallIntegerField()),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="NoticeMark",
            fields=[
                (
                    "post",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="people.post",
                    ),
                ),
                ("before", models.DateTimeField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="NoticeRead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="notice",
            name="county",
            field=models.CharField(blank=True, default="", max_length=6),
        ),
        migrations.AddField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("waiting", "等我办的"),
                    ("task", "现场任务"),
                    ("returned", "返工与退回"),
                    ("request", "待审批的申请"),
                    ("answer", "审批结果"),
                    ("remind", "催办"),
                    ("overdue", "超时"),
                    ("supervise", "督办"),
                    ("dispute", "争议仲裁"),
                    ("news", "其他进展"),
                    ("digest", "每日提要"),
                ],
                default="news",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="over_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="notice",
            name="role",
            field=models.CharField(blank=True, default="", max_length=16),
        ),
        migrations.AddField(
            model_name="notice",
            name="waits",
            field=models.CharField(blank=True, default="", max_length=24),
        ),
        migrations.AlterField(
            model_name="notice",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="noticeread",
            name="notice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="cases.notice"
            ),
        ),
        migrations.AddField(
            model_name="noticeread",
            name="post",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.post",
            ),
        ),
        migrations.AddConstraint(
            model_name="noticeread",
            constraint=models.UniqueConstraint(fields=("post", "notice"), name="notice_read_once"),
        ),
        migrations.RunSQL(MARKS_OF_BEFORE, migrations.RunSQL.noop),
        migrations.RemoveIndex(
            model_name="notice",
            name="notice_department",
        ),
        migrations.RemoveIndex(
            model_name="notice",
            name="notice_post",
        ),
        migrations.RemoveField(
            model_name="notice",
            name="read_at",
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("role__gt", "")), fields=["role", "county", "-at"], name="notice_role"
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("over_at__isnull", True), ("role__gt", "")),
                fields=["role", "county", "-at"],
                name="notice_role_waiting",
            ),
        ),
    ]
