"""Decisions of the proxy: what a request head asks for, how it reads upstream, and how answers are written.

In: heads as bytes, reports, failures. Out: `Wish`es and bytes. No socket, no clock. A request goes upstream as the
client wrote it, Host and signatures included; only the target becomes origin form and the fields meant for this proxy
go (no Via, no X-Forwarded-For: this proxy is a place to stand in, not a hop that a server should see).
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Sequence
from http import HTTPStatus

from sandbox.protocols.http_framing import (
    Body,
    Fields,
    FramingError,
    parse_fields,
    request_body,
    split_lines,
    values_of,
)
from sandbox.proxy.values import Failure, Forward, OwnPage, Report, Tunnel, Why, Wish

FOR_THE_PROXY = (b"proxy-authorization:", b"proxy-connection:")

_REQUEST_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([^ \t\r\n\x00]+) HTTP/1\.([01])")
_ABSOLUTE = re.compile(r"(?i:http)://([^/?#]*)([^#]*)(?:#.*)?")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://")
_HOST = re.compile(r"[A-Za-z0-9._\-]{1,255}")
_OWN_AUTHORITY = re.compile(r"[A-Za-z0-9.\-]{1,255}(?::[0-9]{1,5})?")

ALLOW_INTERNET_HINT = "To reach hosts outside the planet, start the sandbox with --allow-internet."


def read_request(head: bytes) -> tuple[Wish, Body]:
    """What a whole request head (blank line included) asks for, and how its body will end."""
    request_line, lines = split_lines(head)
    match = _REQUEST_LINE.fullmatch(request_line)
    if match is None:
        raise malformed(f"{request_line[:80].decode('latin-1')!r} is not an HTTP/1.1 request line")
    method, target = match[1].decode("ascii"), _ascii(match[2])
    try:
        fields = parse_fields(lines)
        body = request_body(fields)
    except FramingError as error:
        raise malformed(str(error)) from error
    if method == "CONNECT":
        host, port = split_authority(target, default_port=None)
        return Tunnel(user=proxy_user(fields), host=host, port=port), body
    if target.startswith("/") or target == "*":
        return _own_page(method, target, fields), body
    return _forward(method, target, match[3], lines, fields), body


def _own_page(method: str, target: str, fields: Fields) -> OwnPage:
    named = b"".join(values_of(fields, b"host")).decode("latin-1")
    authority = named if _OWN_AUTHORITY.fullmatch(named) else ""
    return OwnPage(method=method, path=target.partition("?")[0], authority=authority)


def _forward(method: str, target: str, minor: bytes, lines: Sequence[bytes], fields: Fields) -> Forward:
    match = _ABSOLUTE.fullmatch(target)
    if match is None:
        scheme = _SCHEME.match(target)
        if scheme and scheme[1].lower() in ("https", "wss"):
            raise malformed(f"{scheme[1]} goes through CONNECT, not through a request for {target[:80]}")
        raise malformed(f"{target[:80]!r} is neither http://host/path nor /path")
    authority = match[1].rpartition("@")[2]
    host, port = split_authority(authority, default_port=80)
    path = match[2] if match[2].startswith("/") else "/" + match[2]
    if method == "OPTIONS" and not match[2]:
        path = "*"  # RFC 9112 3.2.4
    kept = [line for line in lines if not line.lower().startswith(FOR_THE_PROXY)]
    if not values_of(fields, b"host"):
        kept.insert(0, b"Host: " + authority.encode("ascii"))
    request_line = f"{method} {path} HTTP/1.".encode("ascii") + minor
    head = b"\r\n".join([request_line, *kept]) + b"\r\n\r\n"
    return Forward(user=proxy_user(fields), method=method, host=host, port=port, head=head)


def _ascii(target: bytes) -> str:
    try:
        return target.decode("ascii")
    except UnicodeDecodeError:
        raise malformed("the request target is not ASCII; percent-encode it") from None


def malformed(problem: str) -> Failure:
    """A 400."""
    return Failure(Why.MALFORMED, f"Malformed request: {problem}.")


def split_authority(authority: str, *, default_port: int | None) -> tuple[str, int]:
    """`app.example.test:80` -> lower-case host without trailing dot, port. IPv6 in brackets stays in brackets."""
    if authority.startswith("["):
        host, _, rest = authority.partition("]")
        host += "]"
        colon, digits = rest[:1], rest[1:]
        well_formed = colon in ("", ":")
    else:
        host, colon, digits = authority.partition(":")
        well_formed = bool(_HOST.fullmatch(host)) and host != "."
    if not digits and default_port is not None:
        digits = str(default_port)
    if not well_formed or not digits.isascii() or not digits.isdigit() or not 0 < int(digits[:6]) < 65536:
        raise malformed(f"{authority[:80]!r} is not host:port")
    return host.lower().removesuffix("."), int(digits)


def proxy_user(fields: Fields) -> str:
    """The user of `Proxy-Authorization: Basic base64(user:anything)`, "" without one."""
    values = values_of(fields, b"proxy-authorization")
    if not values:
        return ""
    scheme, _, encoded = values[0].partition(b" ")
    try:
        if scheme.lower() != b"basic" or not encoded.strip():
            raise ValueError
        return base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")[0]
    except (ValueError, binascii.Error):
        message = "Proxy-Authorization must be Basic with the place as user: http://paris:x@localhost:3128"
        raise Failure(Why.UNKNOWN_PLACE, message) from None


def literal_address(host: str) -> str | None:
    """The IPv4 address that `host` spells, or None when it is a name."""
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        return None


def is_outside(rcode: str) -> bool:
    """True when no zone of the planet holds the name."""
    return rcode == "REFUSED"


def judge_lookup(host: str, rcode: str, report: Report) -> Failure:
    """What a lookup without addresses means: outside the planet, or missing inside a zone of the planet."""
    if rcode == "REFUSED":
        return Failure(
            Why.OUTSIDE, f"{host} is not on the planet: no zone here holds it. {ALLOW_INTERNET_HINT}", report
        )
    if rcode == "NXDOMAIN":
        return Failure(Why.NOT_FOUND, f"{host} does not exist: its zone has no such name (NXDOMAIN).", report)
    if rcode == "NOERROR":
        return Failure(Why.NOT_FOUND, f"{host} exists but has no address (no A record for this place).", report)
    return Failure(Why.NOT_FOUND, f"{host} could not be looked up from {report.place} ({rcode}).", report)


def report_fields(report: Report, error: Why | None = None) -> list[tuple[str, str]]:
    """`Sandbox-*` fields of an answer, as far as known."""
    fields = [("Sandbox-Place", report.place), ("Sandbox-Address", report.address), ("Sandbox-Owner", report.owner)]
    if report.lookup_ms is not None:
        fields += [("Sandbox-Lookup-Ms", f"{report.lookup_ms:.3f}")]
        fields += [("Sandbox-Lookup-Cached", str(int(report.lookup_cached)))]
    if report.connect_ms is not None:
        fields += [("Sandbox-Connect-Ms", f"{report.connect_ms:.3f}")]
    fields += [("Sandbox-Why", report.why), ("Sandbox-Error", error.word if error else "")]
    return [(name, _printable(content)) for name, content in fields if content]


def _printable(text: str) -> str:
    return "".join(char if " " <= char <= "~" else "?" for char in text)


def connect_answer(report: Report) -> bytes:
    """200 to a CONNECT: no body, and what a measuring client wants to know."""
    return _head("200 Connection established", report_fields(report))


def failure_answer(failure: Failure, *, with_body: bool = True) -> bytes:
    """An error as text/plain; the connection closes after it."""
    status = HTTPStatus(failure.cause.status)
    fields = report_fields(failure.report, failure.cause)
    if failure.cause is Why.UNKNOWN_PLACE:
        fields.append(("Proxy-Authenticate", 'Basic realm="the place to stand in is the user, any password"'))
    return page(
        f"{status.value} {status.phrase}", "text/plain; charset=utf-8", failure.message + "\n", fields, with_body
    )


def page(
    status: str, content_type: str, text: str, fields: Sequence[tuple[str, str]] = (), with_body: bool = True
) -> bytes:
    """A whole answer of the proxy's own."""
    body = text.encode()
    framing = [("Content-Type", content_type), ("Content-Length", str(len(body))), ("Connection", "close")]
    return _head(status, [*fields, *framing]) + (body if with_body else b"")


def _head(status: str, fields: Sequence[tuple[str, str]]) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {content}" for name, content in fields)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def own_page(wish: OwnPage, *, authority: str, place: str, places: Sequence[str]) -> bytes:
    """`/proxy.pac`, `/`, or a 404. authority: where this door listens, for clients that did not say Host."""
    with_body = wish.method != "HEAD"
    here = wish.authority or authority
    if wish.method in ("GET", "HEAD") and wish.path == "/proxy.pac":
        text = f'function FindProxyForURL(url, host) {{\n  return "PROXY {here}";\n}}\n'
        return page("200 OK", "application/x-ns-proxy-autoconfig", text, with_body=with_body)
    if wish.method in ("GET", "HEAD") and wish.path == "/":
        text = (
            f"This is the sandbox's proxy: use it as http://PLACE:x@{here} or socks5h://PLACE:x@{here}; "
            f"without a user you stand in {place}. {len(places)} places, see: sandbox places. PAC file: /proxy.pac\n"
        )
        return page("200 OK", "text/plain; charset=utf-8", text, with_body=with_body)
    message = f"{wish.path[:80]} is not here: this port is a proxy and has only / and /proxy.pac of its own."
    return failure_answer(Failure(Why.NO_SUCH_PAGE, message, Report(place=place)), with_body=with_body)
