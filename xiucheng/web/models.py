"""Tables of the top floor: only what belongs to doors."""

from django.db import models


class RateBucket(models.Model):
    """How far one client is ahead at one door (`rate.py`). UNLOGGED: emptied by a crash."""

    key = models.CharField(primary_key=True, max_length=80)
    level_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
