"""The page about the operator and their privacy notice."""

import structlog
from django.conf import settings
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .notice import own_notice

logger = structlog.get_logger(__name__)


@require_safe
def privacy(request):
    try:
        own, missing = own_notice(), False
    except (OSError, UnicodeDecodeError) as error:
        logger.error("privacy_notice_unreadable", error=type(error).__name__)
        own, missing = None, True
    context = {
        "own": own,
        "missing": missing,
        "undo_minutes": settings.FACEVERIFY_UNDO_MINUTES,
        "export_hours": settings.FACEVERIFY_EXPORT_HOURS,
        "audit_days": settings.FACEVERIFY_AUDIT_DAYS,
    }
    return render(request, "accounts/privacy.html", context)
