"""Backups of a whole city: database, files and what proves them. See docs/operators/backup.md."""
