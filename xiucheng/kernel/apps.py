from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "xiucheng.kernel"
    default_auto_field = "django.db.models.BigAutoField"
