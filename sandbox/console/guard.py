"""Who may ask this server what. Pure: a request's method and headers in, a Refusal or nothing out.

A server on 127.0.0.1 is within reach of every page that the user's browser shows:

- a page of another site can send requests here (drive-by): they carry a foreign Origin, or Sec-Fetch-Site: cross-site;
- a name of another site can be pointed at 127.0.0.1 (DNS rebinding): then the Origin fits, but Host is foreign;
- a form can POST without asking first (a "simple request" of the Fetch standard), but not with a JSON content type.

Beyond this machine nothing of that helps, so there every request shows the token: as `Authorization: Bearer`, as the
cookie that the console keeps, or once as `?token=`.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from sandbox.kernel.errors import Refusal

OWN_NAMES = ("localhost", "127.0.0.1", "::1")
COOKIE = "sandbox_token"
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What matters of a request. headers: names in small letters."""

    method: str
    headers: Mapping[str, str]
    query: str = ""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """The rules of one server. host: the address it is bound to; token: "" where none is needed."""

    host: str = "127.0.0.1"
    token: str = ""

    def refusal(self, asked: Asked) -> Refusal | None:
        """Why this request is not served, or None."""
        shown = self.token != "" and self.shows_token(asked)
        if self.token and not shown:
            return Refusal(
                "TokenNeeded",
                "This sandbox listens beyond its machine, so every request must show its console_token: "
                "`Authorization: Bearer TOKEN`, or open the console once with ?token=TOKEN.",
                status=401,
            )
        host = asked.headers.get("host", "")
        if not shown and hostname_of(f"//{host}") not in (*OWN_NAMES, self.host):
            return Refusal(
                "ForeignHost",
                f"Host is {host!r}: this server answers only to {', '.join(OWN_NAMES[:2])} (protection against DNS "
                "rebinding).",
                status=421,
            )
        return _foreign_page(asked, host) or _not_json(asked)

    def shows_token(self, asked: Asked) -> bool:
        """Whether the request has the token in one of its three places."""
        scheme, _, bearer = asked.headers.get("authorization", "").partition(" ")
        offered = [bearer.strip() if scheme.lower() == "bearer" else "", *parse_qs(asked.query).get("token", [])]
        try:
            cookies = SimpleCookie(asked.headers.get("cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        if COOKIE in cookies:
            offered.append(cookies[COOKIE].value)
        return any(hmac.compare_digest(each.encode(), self.token.encode()) for each in offered)


def hostname_of(url: str) -> str | None:
    """The host of a URL, without its port; None when there is none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _foreign_page(asked: Asked, host: str) -> Refusal | None:
    origin = asked.headers.get("origin")
    foreign = origin is not None and urlsplit_netloc(origin) != host.lower()
    if asked.headers.get("sec-fetch-site") == "cross-site" and asked.headers.get("sec-fetch-mode") != "navigate":
        foreign = True
    if foreign:
        return Refusal(
            "ForeignOrigin",
            f"This request comes from a page of {origin or 'another site'}; only the console's own pages may ask here.",
            status=403,
        )
    return None


def urlsplit_netloc(url: str) -> str:
    """host:port of a URL in small letters; "" when it has none ("null", rubbish)."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def _not_json(asked: Asked) -> Refusal | None:
    kind = asked.headers.get("content-type", "").partition(";")[0].strip().lower()
    if asked.method in CHANGING and kind != "application/json":
        return Refusal(
            "NotJson",
            f"{asked.method} needs `Content-Type: application/json`, not {kind or 'none'!r}.",
            status=415,
        )
    return None
