"""The v1 API: addresses of all rooms' faces under /api/v1, one form of error, one OpenAPI document."""
