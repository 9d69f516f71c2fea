"""Response headers that no library of ours sets."""


class PermissionsPolicyMiddleware:
    """The camera for our own pages (webcam snapshot); nothing else for anyone."""

    POLICY = "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", self.POLICY)
        return response
