"""A job that says how often it began, and takes a while, so that its worker can be killed meanwhile."""

import time

from django.db import connection, transaction

from xiucheng.kernel import jobs

TABLE = "CREATE TABLE IF NOT EXISTS probe_run (word text, done boolean)"


@jobs.task
def slow(word: str, seconds: float) -> None:
    """One row when it begins, one when it is done; a second run takes no time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM probe_run WHERE word = %s", [word])
        (begun,) = cursor.fetchone()
        cursor.execute("INSERT INTO probe_run VALUES (%s, false)", [word])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO probe_run VALUES (%s, true)", [word])
        time.sleep(0 if begun else seconds)  # a kill here must take the row above with it
