"""Webhooks and their deliveries, short messages, and how far the hand-out is."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import xiucheng.kernel.crypto


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0002_notices_per_person"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HandedOut",
            fields=[
                ("name", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("floor", models.BigIntegerField()),
                ("top", models.BigIntegerField()),
                ("pending", models.BigIntegerField(null=True)),
                ("horizon", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("url", models.CharField(max_length=500, verbose_name="地址")),
                ("secret", xiucheng.kernel.crypto.EncryptedText(verbose_name="密钥")),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32),
                        default=list,
                        size=None,
                        verbose_name="事件",
                    ),
                ),
                (
                    "scope_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12),
                        default=list,
                        size=None,
                        verbose_name="区划",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="启用")),
                ("failures", models.IntegerField(default=0)),
                ("paused_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
            },
        ),
        migrations.CreateModel(
            name="SmsMessage",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("key", models.CharField(max_length=60, unique=True)),
                ("template", models.CharField(max_length=40)),
                ("masked", models.CharField(blank=True, default="", max_length=20)),
                ("number_index", models.CharField(blank=True, default="", max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "等待发送"),
                            ("sent", "已交网关"),
                            ("delivered", "已送达"),
                            ("failed", "未送达"),
                            ("capped", "超过每日上限"),
                            ("nowhere", "没有号码"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("queued", models.BooleanField(default=False)),
                ("error", models.CharField(blank=True, default="", max_length=200)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("reported_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="cases.notice",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="cases.reporter",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("sent_at__isnull", False)),
                        fields=["number_index", "-sent_at"],
                        name="sms_cap",
                    ),
                    models.Index(fields=["-created_at"], name="sms_newest"),
                    models.Index(
                        condition=models.Q(("queued", False)), fields=["created_at"], name="sms_unqueued"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("event", models.BigIntegerField(null=True)),
                ("step", models.CharField(max_length=32)),
                ("number", models.CharField(blank=True, default="", max_length=24)),
                ("body", models.TextField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "等待发送"),
                            ("sent", "已送达"),
                            ("retrying", "等待重试"),
                            ("failed", "未送达"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("attempts", models.SmallIntegerField(default=0)),
                ("answer", models.SmallIntegerField(null=True)),
                ("error", models.CharField(blank=True, default="", max_length=200)),
                ("created_at", models.DateTimeField()),
                ("tried_at", models.DateTimeField(null=True)),
                ("took_ms", models.IntegerField(null=True)),
                (
                    "webhook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="live.webhook",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["webhook", "-created_at", "-id"], name="delivery_newest"),
                    models.Index(fields=["created_at"], name="delivery_age"),
                ],
                "constraints": [models.UniqueConstraint(fields=("webhook", "event"), name="delivery_once")],
            },
        ),
    ]
