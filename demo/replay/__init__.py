"""Play real messages through the door and on through the loop of the demo city.

Live actions read the clock themselves, so all of it happens now: `days` × `per_day` says how many messages are
played, not when. No message's words are ever logged.
"""

from demo.replay.playing import Outcome, play
from demo.replay.reading import BadMessages, Message, messages

__all__ = ["BadMessages", "Message", "Outcome", "messages", "play"]
