"""/admin/retention: how long personal data stays, what is on hold, what was deleted."""
