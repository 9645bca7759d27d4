"""Logs: one JSON object a line, with the id of its request and nothing about persons.

What may name a person never gets in: query strings (they carry query codes), addresses on the network, the
values a database quotes in its errors, phone and identity numbers inside any text. This module is read by
settings.py, so it imports no part of Django.
"""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

Event = MutableMapping[str, Any]

# Order matters: an identity number contains what looks like a phone number.
SCRUBS = (
    (re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9A-Za-z])"), "[证件号]"),
    (re.compile(r"(?<![0-9])(?:\+?86[- ]?)?1[3-9][0-9]{9}(?![0-9])"), "[电话]"),
    (re.compile(r"(?<![0-9])0[0-9]{2,3}-[0-9]{7,8}(?![0-9])"), "[电话]"),
    (re.compile(r"(?<=[\w/])\?[^\s\"'<>]+"), "?[查询]"),
    (re.compile(r"(DETAIL|CONTEXT|QUERY):[^\n]*"), r"\1: [略]"),
)


def scrub(text: str) -> str:
    """A text without phone and identity numbers, query strings, and values quoted by the database.

    >>> scrub("GET /report/20261124-000183?code=7KQ2 13888001234")
    'GET /report/20261124-000183?[查询] [电话]'
    >>> scrub("duplicate key\\nDETAIL:  Key (phone)=(x) already exists.")
    'duplicate key\\nDETAIL: [略]'
    """
    for pattern, instead in SCRUBS:
        text = pattern.sub(instead, text)
    return text


def scrubbed(_logger: Any, _method: str, event: Event) -> Event:
    """Processor: every text of the event passes `scrub`."""
    for key, value in event.items():
        if isinstance(value, str) and key not in {"timestamp", "request_id", "logger", "level"}:
            event[key] = scrub(value)
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configuration(level: str) -> dict[str, Any]:
    """The value of LOGGING; also sets structlog up. level: DEBUG, INFO, WARNING, ERROR."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,  # a text, without the values of local variables
            structlog.processors.UnicodeDecoder(),
            scrubbed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django attaches handlers of its own; ours are enough.
            "django": {"handlers": [], "level": level, "propagate": True},
            # RequestLog has said all of this, once and without the address.
            "django.request": {"level": "CRITICAL"},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # Names and addresses of people who mistyped: kept in its table, not in the log.
            "axes": {"level": "CRITICAL"},
            "procrastinate": {"level": "WARNING"},  # its INFO lines quote the arguments of jobs
        },
    }
