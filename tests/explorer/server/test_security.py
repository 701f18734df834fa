"""Only pages of this machine are answered, and browsers may do little with the answers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_pytorch.explorer import create_app
from nasbench_pytorch.explorer.server.security import why_refused
from tests.helpers.explorer_samples import ADDRESS, client_of, mini_table

CLIENT = client_of()


@pytest.mark.parametrize("path", ["/", "/page/main.js", "/api/table", "/api/columns/edges", "/nope"])
def test_every_answer_has_the_headers(path: str) -> None:
    headers = CLIENT.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert not any(name.startswith("access-control") for name in headers)


@pytest.mark.parametrize("host", ["127.0.0.1:8101", "localhost:8101", "LOCALHOST", "[::1]:8101", "localhost:9"])
def test_names_of_loopback_are_answered(host: str) -> None:
    assert CLIENT.get("/api/table", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.com", "evil.com:8101", "localhost.evil.com", "127.0.0.1.evil.com", "127.0.0.1:8101@evil.com", "0.0.0.0:8101",
     "10.0.0.1", "", "localhost:8101, evil.com", "127.0.0.1:8101/", "xlocalhost"],
)  # fmt: skip
def test_other_names_are_refused_whatever_is_asked(host: str) -> None:
    for path in ("/", "/page/main.js", "/api/table"):
        response = CLIENT.get(path, headers={"host": host})
        assert response.status_code == 403
        assert "localhost and 127.0.0.1 only" in response.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.com"},
        {"origin": "null"},
        {"origin": "https://127.0.0.1:8101"},
        {"origin": "http://127.0.0.1:3000"},
        {"origin": "http://localhost:8101"},  # the page was asked for as 127.0.0.1
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_pages_of_other_sites_are_refused(headers: dict[str, str]) -> None:
    assert CLIENT.get("/api/table", headers=headers).status_code == 403
    assert CLIENT.post("/api/edit", json={"text": "smallest"}, headers=headers).status_code == 403


def test_the_own_page_is_answered() -> None:
    headers = {"origin": ADDRESS, "sec-fetch-site": "same-origin"}
    assert CLIENT.post("/api/edit", json={"text": "smallest"}, headers=headers).status_code == 200


def test_a_link_of_another_site_may_show_the_page_but_no_data() -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert CLIENT.get("/", headers=link).status_code == 200
    assert CLIENT.get("/api/table", headers=link).status_code == 403
    assert CLIENT.get("/", headers={**link, "sec-fetch-mode": "no-cors"}).status_code == 403


@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_no_other_text_is_a_name_of_loopback(host: str) -> None:
    if host.lower().partition(":")[0] not in ("localhost", "127.0.0.1", "[", "[::1]"):
        assert why_refused(host, None, None) is not None


@pytest.mark.parametrize("headers", [[], [(b"host", b"localhost"), (b"host", b"evil.com")]])
def test_no_host_and_two_hosts_are_refused(headers: list[tuple[bytes, bytes]]) -> None:
    assert status_of({"headers": headers}) == 403


def test_two_origins_are_refused() -> None:
    headers = [(b"host", b"localhost"), (b"origin", b"http://localhost"), (b"origin", b"http://evil.com")]
    assert status_of({"headers": headers}) == 403


def status_of(changed: dict[str, Any]) -> int:
    """Return the status of a request whose headers a client would not send."""
    scope = {
        "type": "http", "method": "GET", "path": "/api/table", "raw_path": b"/api/table", "query_string": b"",
        "root_path": "", "scheme": "http", "http_version": "1.1", "server": ("127.0.0.1", 8101), "headers": [],
    } | changed  # fmt: skip
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(create_app(mini_table())(scope, receive, send))
    return int(sent[0]["status"])


def test_web_sockets_are_not_answered() -> None:
    asyncio.run(create_app(mini_table())({"type": "websocket", "path": "/", "headers": []}, None, None))  # type: ignore[arg-type]
