"""Every write of the catalogue."""

from xiucheng.catalog.actions.duties import adopt_duty, draft_duty, set_duty, set_fallback
from xiucheng.catalog.actions.endings import (
    add_category,
    decline_duty,
    end_category,
    end_duty,
    end_standard,
)
from xiucheng.catalog.actions.forms import set_extra_field
from xiucheng.catalog.actions.loading import SHIPPED, BadSheets, Loaded, fault_line, load_catalog
from xiucheng.catalog.actions.revisions import (
    Change,
    approve_revision,
    drop_change,
    open_revision,
    put_changes,
    reject_revision,
    submit_revision,
    withdraw_revision,
)
from xiucheng.catalog.actions.standards import approve_standard, give_limit, revise_standard

__all__ = [
    "SHIPPED",
    "BadSheets",
    "Change",
    "Loaded",
    "add_category",
    "adopt_duty",
    "approve_revision",
    "approve_standard",
    "decline_duty",
    "draft_duty",
    "drop_change",
    "end_category",
    "end_duty",
    "end_standard",
    "fault_line",
    "give_limit",
    "load_catalog",
    "open_revision",
    "put_changes",
    "reject_revision",
    "revise_standard",
    "set_duty",
    "set_extra_field",
    "set_fallback",
    "submit_revision",
    "withdraw_revision",
]
