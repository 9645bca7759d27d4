"""What people say in the demo city: descriptions, replies, reasons. All invented; pure."""

from demo.words.saying import describe, done, reason

__all__ = ["describe", "done", "reason"]
