"""Which storage holds the files: read by settings.py, so it imports nothing of Django."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def storage(spec: str, *, local: Path, endpoint: str = "") -> dict[str, Any]:
    """The entry of settings.STORAGES.

    spec: "" for the local disk, or «s3://bucket/prefix»; credentials come from the environment as the AWS
    tools read them. endpoint: address of an S3 service that is not Amazon's. Raises: ValueError for anything
    else.

    >>> storage("s3://photos/city", local=Path("."))["OPTIONS"]["location"]
    'city'
    """
    if not spec:
        return {"BACKEND": "xiucheng.kernel.files.storage.LocalFiles", "OPTIONS": {"location": local}}
    parts = urlsplit(spec)
    if parts.scheme != "s3" or not parts.netloc:
        raise ValueError("XIUCHENG_FILES must be empty or s3://bucket/prefix")
    options: dict[str, Any] = {
        "bucket_name": parts.netloc,
        "location": parts.path.strip("/"),
        "default_acl": None,  # the bucket decides; nothing is public, pages serve the files
        "file_overwrite": True,  # names are hashes: the same name is the same content
    }
    if endpoint:
        options |= {"endpoint_url": endpoint, "addressing_style": "path"}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
