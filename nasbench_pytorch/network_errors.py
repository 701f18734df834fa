"""Why a server could not be reached, in a few words that say what to change."""

from __future__ import annotations

import ssl
import urllib.parse
import urllib.request
from collections.abc import Iterator

from nasbench_pytorch.printable import escape_controls


def connection_reason(error: BaseException, url: str) -> str | None:
    """Return the reason of a failed connection if it is the certificate or the proxy; None for any other.

    Libraries wrap the real error several times; all that are wrapped are looked at.

    Args:
        error: what a library for HTTP raised.
        url: the address that was asked for.
    """
    errors = list(_wrapped(error))
    refused = next((one for one in errors if isinstance(one, ssl.SSLCertVerificationError)), None)
    if refused is not None:
        why = escape_controls(refused.verify_message if hasattr(refused, "verify_message") else str(refused))
        return (
            f"the server's certificate was refused ({why}); if a proxy of your network signs certificates, name its "
            "certificate file in SSL_CERT_FILE and REQUESTS_CA_BUNDLE"
        )
    if any(isinstance(one, ssl.SSLError) for one in errors):
        return "the encrypted connection failed; a proxy that expects http:// in https_proxy is a common cause"
    proxy = _proxy(url)
    if proxy is not None:
        return f"no connection through the proxy {proxy}; correct or unset the variable {_scheme(url)}_proxy"
    return None


def _wrapped(error: BaseException) -> Iterator[BaseException]:
    """The error and all that are inside it: causes, contexts, reasons and arguments."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def _scheme(url: str) -> str:
    return urllib.parse.urlsplit(url).scheme


def _proxy(url: str) -> str | None:
    """The proxy that the environment names for an address, without a password in it."""
    proxies = urllib.request.getproxies()
    address = proxies.get(_scheme(url)) or proxies.get("all")
    host = urllib.parse.urlsplit(url).hostname or ""
    if not address or urllib.request.proxy_bypass(host):
        return None
    return escape_controls(address.rpartition("@")[2])
