"""One log format for the whole site: for events of structlog and records of the standard library."""

import sys

import structlog

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
        render = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        # The default would show local variables in tracebacks, which may hold a photo or a key.
        render = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
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
            # and without the key in the address of an e-mailed link.
            "django.request": {"level": "CRITICAL", "propagate": True},
            "gunicorn.access": {"level": "WARNING", "propagate": True},
            "celery": {"level": "WARNING", "propagate": True},
            "kombu": {"level": "WARNING", "propagate": True},
            # At DEBUG these log values: of rows, of template variables, of a photo's metadata, of
            # addresses.
            "django.db.backends": {"level": "INFO", "propagate": True},
            "django.template": {"level": "INFO", "propagate": True},
            "PIL": {"level": "INFO", "propagate": True},
            "urllib3": {"level": "INFO", "propagate": True},
            "httpcore": {"level": "INFO", "propagate": True},
        },
    }
