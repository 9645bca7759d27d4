"""Every write of the catalogue."""

from xiucheng.catalog.actions.duties import adopt_duty, draft_duty, set_duty, set_fallback
from xiucheng.catalog.actions.loading import SHIPPED, BadSheets, Loaded, fault_line, load_catalog
from xiucheng.catalog.actions.standards import approve_standard, give_limit, revise_standard

__all__ = [
    "SHIPPED",
    "BadSheets",
    "Loaded",
    "adopt_duty",
    "approve_standard",
    "draft_duty",
    "fault_line",
    "give_limit",
    "load_catalog",
    "revise_standard",
    "set_duty",
    "set_fallback",
]
