"""One log format for the whole site: for events of structlog and records of the standard library.

What this project logs are ids and codes. Libraries, and errors with their tracebacks, may quote more:
whatever looks like a secret or an address is taken out of every line.
"""

import re
import sys
import traceback
from typing import Any, TextIO

import structlog

HIDDEN = "..."
# Links in emails: whoever has one may set a password, confirm an address or sign up.
KEY_IN_PATH = re.compile(r"(/accounts/(?:password/reset/key|confirm-email|invitation)/)[^/\s\"']+")
SECRETS = [
    (KEY_IN_PATH, rf"\1{HIDDEN}"),
    (re.compile(r"\bfv_[\w-]{8,}"), f"fv_{HIDDEN}"),  # an API key
    (re.compile(r"(?i)\b(bearer|basic) [\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(://)[^/\s@]+@"), rf"\1{HIDDEN}@"),  # user and password of a server
    (re.compile(r"[^\s@\"'<>()=,;:/\\]+@[\w-]+(?:\.[\w-]+)+"), f"{HIDDEN}@{HIDDEN}"),
    # PostgreSQL's second line, which quotes the values of a row.
    (re.compile(r"((?:DETAIL|CONTEXT|HINT): ).*"), rf"\1{HIDDEN}"),
]


def without_secrets(text: str) -> str:
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text


def hide_secrets(_logger: Any, _method: str, event: structlog.typing.EventDict) -> Any:
    """A processor of structlog, the last before a line is written."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = without_secrets(value)
    return event


def _traceback(out: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
    """The default would show local variables, which may hold a photo or a key."""
    out.write("\n" + without_secrets("".join(traceback.format_exception(*exc_info))))


_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_config(log_format: str, level: str) -> dict:
    """Configure structlog, and return Django's LOGGING.

    Args:
        log_format: `console` or `json`.
        level: of the root logger, in capitals.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    render: list[structlog.typing.Processor]
    if log_format == "json":
        render = [
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.processors.JSONRenderer(),
        ]
    else:
        render = [
            hide_secrets,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=_traceback
            ),
        ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "site": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *render,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "site"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            # django-structlog logs the end of each request already, with its traceback if it failed,
            # and without the key in the address of an emailed link.
            "django.request": {"level": "CRITICAL", "propagate": True},
            "gunicorn.error": {"handlers": [], "level": "WARNING", "propagate": True},
            "gunicorn.access": {"level": "WARNING", "propagate": True},
            "celery": {"level": "WARNING", "propagate": True},
            "kombu": {"level": "WARNING", "propagate": True},
            # At DEBUG these log values: of rows, of template variables, of a photo's metadata, of
            # addresses.
            "django.db.backends": {"level": "INFO", "propagate": True},
            "django.template": {"level": "INFO", "propagate": True},
            "PIL": {"level": "INFO", "propagate": True},
            "urllib3": {"level": "INFO", "propagate": True},
            # Names of stored files, and what signs a request.
            **{
                name: {"level": "WARNING", "propagate": True}
                for name in ("boto3", "botocore", "s3transfer")
            },
            "httpcore": {"level": "INFO", "propagate": True},
        },
    }
