"""保存期限: how long each kind of personal data stays, its deletion, and the register of what was deleted.

A room declares its kinds in `<room>/retention.py`; the worker sweeps every night. PIPL 47: delete when the purpose
is reached or the period is over; standards/security.md §5 suggests the periods [L], which are settings.
"""

from .actions import forget, sweep
from .holds import end_hold, held, hold
from .registry import Kind, Thing, declare, kinds

__all__ = ["Kind", "Thing", "declare", "end_hold", "forget", "held", "hold", "kinds", "sweep"]
