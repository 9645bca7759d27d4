"""Faces of the cases room for programs: lists, one case, its record, every step, its files."""

from xiucheng.cases.api.bodies import DOORS
from xiucheng.cases.api.router import router

__all__ = ["DOORS", "router"]
