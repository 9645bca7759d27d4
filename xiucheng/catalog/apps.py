from django.apps import AppConfig
from django.db.models.signals import m2m_changed, post_delete, post_save


class CatalogConfig(AppConfig):
    name = "xiucheng.catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """A row saved in this process is seen by its next question; other processes go by the stamp."""
        from xiucheng.catalog import snapshot
        from xiucheng.catalog.models import Category, Duty, FallbackDuty, Standard
        from xiucheng.people.models import Department

        for model in (Category, Standard, Duty, FallbackDuty, Department):
            for signal in (post_save, post_delete):
                signal.connect(
                    snapshot.changed, sender=model, dispatch_uid=f"catalog {model.__name__} {id(signal)}"
                )
        m2m_changed.connect(
            snapshot.changed, sender=Duty.cooperating.through, dispatch_uid="catalog cooperating"
        )
