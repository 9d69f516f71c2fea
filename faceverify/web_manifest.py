"""The web app manifest: name, icons and colours of faceverify on a phone's home screen."""

from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

DAY = 86_400
BACKGROUND, THEME = "#f5f3ec", "#0b5f56"  # --paper and --accent of static/css/tokens.css
ICONS = (("icon-192.png", 192, "any"), ("icon-512.png", 512, "any"),
         ("icon-maskable-192.png", 192, "maskable"), ("icon-maskable-512.png", 512, "maskable"))  # fmt: skip


@require_safe
@cache_control(public=True, max_age=DAY)
def web_manifest(request: HttpRequest) -> JsonResponse:
    home = reverse("home")
    icons = [
        {
            "src": static(f"img/{file}"),
            "sizes": f"{side}x{side}",
            "type": "image/png",
            "purpose": purpose,
        }
        for file, side, purpose in ICONS
    ]
    told = {
        "id": home,
        "name": "faceverify",
        "short_name": "faceverify",
        "description": gettext("Do two photos show the same person?"),
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "background_color": BACKGROUND,
        "theme_color": THEME,
        "icons": icons,
        "shortcuts": [
            {"name": gettext("Compare two photos"), "url": reverse("compare")},
            {"name": gettext("Identify somebody"), "url": reverse("identify")},
        ],
    }
    return JsonResponse(told, content_type="application/manifest+json")
