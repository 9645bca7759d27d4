"""The process that tells open pages that something changed: docs/developers/live.md."""
