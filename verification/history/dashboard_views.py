"""Page: what an account's comparisons came to."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from ..jobs.storage import storage_of
from ..reviews.agreement import agreement
from ..reviews.presentation import chart
from . import dashboard_charts as charts
from .dashboard import PARTS, dashboard
from .reasons import reason_in_words
from .usage import usage_of

PERIODS = (7, 30, 90)
QUEUE_NAMES = {
    "interactive": gettext_lazy("Comparisons, searches, photos of people"),
    "bulk": gettext_lazy("Batches, imports, exports, measurements"),
    "webhooks": gettext_lazy("Messages to webhooks"),
}


@never_cache
@login_required
@require_GET
def dashboard_page(request):
    asked = request.GET.get("days", "")
    period = int(asked) if asked in map(str, PERIODS) else 30
    found = dashboard(owner=request.user, days=period)
    counts, refused = found.counts, found.counts["refused"]
    ended = counts.total()
    reviewed = agreement(owner=request.user)
    context = {
        "section": "history",
        "periods": PERIODS,
        "period": period,
        "days": found.days,
        "columns": list(charts.columns(found.days)),
        "width": len(found.days) * charts.STEP,
        "column_width": charts.WIDTH,
        "highest": max(day.total for day in found.days),
        "rows": [(day.day, [day.counts[part] for part in PARTS], day.total) for day in found.days],
        "parts": [(part, charts.LABELS[part], counts[part]) for part in PARTS],
        "ended": ended,
        "verdicts": found.verdicts,
        "open": charts.share(counts["inconclusive"], found.verdicts),
        "refused_share": charts.share(refused, ended),
        "refused": [
            (reason_in_words(code), count, charts.share(count, refused))
            for code, count in found.refused
        ],
        "agreement": reviewed,
        "by_outcome": chart(reviewed.by_outcome),
        "usage": usage_of(owner=request.user),
        "storage": storage_of(owner_id=request.user.pk),
        "queue": [(QUEUE_NAMES.get(row.queue, row.queue.capitalize()), row) for row in found.queue],
    }
    return render(request, "history/dashboard.html", context)
