from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "xiucheng.cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from xiucheng.cases.models import Case, CaseEvent, Receipt
        from xiucheng.kernel import ledger

        ledger.register(
            CaseEvent,
            label="cases",
            heads=lambda: Case.unscoped.values_list("id", "head_seq", "head_hash"),
            witnesses=lambda: Receipt.objects.values_list("case_id"),
        )
