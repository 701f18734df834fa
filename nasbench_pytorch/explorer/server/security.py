"""Who may ask, and what browsers may do with the answers.

The server listens on loopback, so only programs of this machine reach it; a browser is one of them, and shows pages of
all the world. A page of another site can send requests here, and by DNS rebinding even under a name of its own. So
every request must come under a name of loopback, and from a page of this server or from none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

from nasbench_pytorch.explorer.server.json_answers import refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE)

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every answer."""


def why_refused(host: str | None, origin: str | None, site: str | None) -> str | None:
    """Return why a request is refused; None if it is not.

    Args:
        host: header `Host`; None if it is missing or occurs more than once.
        origin: header `Origin`, which browsers send with requests from pages of other sites and with every POST.
        site: header `Sec-Fetch-Site`, which browsers send with every request.
    """
    if host is None or _LOOPBACK.fullmatch(host) is None:
        return "this server answers under the names localhost and 127.0.0.1 only"
    if origin is not None and origin.lower() != f"http://{host.lower()}":
        return "this server answers its own page only, not pages of other sites"
    if site is not None and site not in ("same-origin", "none"):
        return "this server answers its own page only, not pages of other sites"
    return None


class OnlyFromThisMachine:
    """Middleware that refuses requests of other sites and adds `HEADERS` to every answer.

    Links of other sites to the page itself are let through: they show the page and give nothing away.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        site = _only(scope, b"sec-fetch-site")
        is_link = scope["path"] == "/" and _only(scope, b"sec-fetch-mode") == "navigate"
        reason = why_refused(_only(scope, b"host"), _only(scope, b"origin"), None if is_link else site)
        app = self._app if reason is None else refusal(reason, 403)
        await app(scope, receive, send_with_headers)


def _only(scope: Scope, name: bytes) -> str | None:
    """Return a header; None if it is missing or occurs more than once."""
    found = [value for key, value in scope["headers"] if key == name]
    if len(found) > 1:
        return "" if name != b"host" else None
    return found[0].decode("latin-1") if found else None
