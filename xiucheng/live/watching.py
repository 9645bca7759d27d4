"""Between the stream and the queue: when something happened and somebody outside wants to hear of it, hand it out now.

Without the stream's process the same job runs each minute (jobs.every_minute).
"""

from xiucheng.kernel import jobs
from xiucheng.live.jobs import hand_out


def something_happened() -> None:
    """Queue the hand-out, if it is not waiting already. One statement."""
    jobs.defer(hand_out)
