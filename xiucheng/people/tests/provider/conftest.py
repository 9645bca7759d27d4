"""The provider's modules belong to another process with other settings: nothing here is collected."""

collect_ignore_glob = ["*.py"]
