from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "xiucheng.web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from xiucheng.web import holdings  # needs the models of all rooms

        holdings.register()
