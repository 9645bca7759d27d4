from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class KernelConfig(AppConfig):
    name = "xiucheng.kernel"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from xiucheng.kernel import ledger, stamps  # models are not there before
        from xiucheng.kernel.models import AdminChange, Deletion, PersonalDataAccess

        ledger.register(AdminChange, label="audit")
        ledger.register(PersonalDataAccess, label="access")
        ledger.register(Deletion, label="deletions")

        autodiscover_modules("tunables", "retention")  # each room declares its settings and terms there
        post_migrate.connect(stamps.forget, dispatch_uid="kernel.stamps")  # tables may have been emptied
