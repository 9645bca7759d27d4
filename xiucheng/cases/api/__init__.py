"""Faces of the cases room for programs: lists, one case, its record, every step, its files; my messages."""

from xiucheng.cases.api.bodies import DOORS
from xiucheng.cases.api.notices import router as notices
from xiucheng.cases.api.router import router

__all__ = ["DOORS", "notices", "router"]
