"""Requests as WSGI sees them, and WSGI's answers as Responses. Pure, apart from calling the application handed in.

moto reads more of a request than WSGI carries: the path before decoding (`RAW_URI`: S3 keys hold "%2F" and "+"), and
names of S3 metadata headers as they were spelled (`moto.preserved_header_names`: "_" and "-" differ there).
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from sandbox.protocols.http1 import Headers, Request, Response

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

SPELLED_NAMES_KEY = "moto.preserved_header_names"
# Headers of one connection: the body has been unframed by the server before it comes here.
OF_THE_CONNECTION = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "expect", "te", "upgrade", "proxy-connection"}
)


def environ_of(request: Request, *, path: str | None = None, host: str | None = None) -> dict[str, Any]:
    """The WSGI environment of a request; `path` (still encoded) and `host` replace the request's own."""
    raw_path = request.path if path is None else path
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw_path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "RAW_URI": f"{raw_path}?{request.query}" if request.query else raw_path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    _add_headers(environ, request.headers)
    if host is not None:
        environ["HTTP_HOST"] = host
    return environ


def _add_headers(environ: dict[str, Any], headers: Headers) -> None:
    dashed = {environ_key(name) for name, _ in headers if "_" not in name}
    spelled: dict[str, str] = {}
    for name, value in headers:
        lowered = name.lower()
        if lowered in OF_THE_CONNECTION or lowered == "content-length":
            continue
        key = environ_key(name)
        if "_" in name:
            if key in dashed or not lowered.startswith("x-amz-meta-"):
                continue  # X_Foo must never stand in for X-Foo
            spelled.setdefault(key, name)
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    environ[SPELLED_NAMES_KEY] = spelled


def environ_key(header_name: str) -> str:
    """`X-Amz-Date` -> `HTTP_X_AMZ_DATE`."""
    key = header_name.upper().replace("-", "_")
    return key if key == "CONTENT_TYPE" else f"HTTP_{key}"


def run(application: Application, environ: dict[str, Any]) -> Response:
    """Call the application in this thread; its whole answer."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], Any]:
        started.append((status, headers))
        return lambda data: None

    chunks = application(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, headers = started[-1]
    is_head = environ["REQUEST_METHOD"] == "HEAD"
    kept = [(name, value) for name, value in headers if name.lower() not in OF_THE_CONNECTION]
    return Response(status=int(status[:3]), headers=Headers(kept), body=body, head_only=is_head)
