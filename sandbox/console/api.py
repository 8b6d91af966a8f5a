"""The server's application: routes under /api/v1, the console's files, one shape of errors, and the guard at its door.

In: a `Watch`, `Places`, a `Guard`. Out: an ASGI application. Everything a caller can do wrong is answered from 400 to
499 as {"error": {"code", "message"}}; 503 and 504 say that a program of the sandbox does not answer now.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from sandbox.console.door import GuardedDoor
from sandbox.console.guard import Guard
from sandbox.console.models import Failed
from sandbox.console.pages import add_pages
from sandbox.console.places import Places
from sandbox.console.routes_events import event_routes
from sandbox.console.routes_lessons import lesson_routes
from sandbox.console.routes_planet import planet_routes
from sandbox.console.routes_state import metrics_route, state_routes
from sandbox.console.routes_tables import table_routes
from sandbox.console.says import problem, refused
from sandbox.console.watch import Watch
from sandbox.kernel.errors import Refusal

PREFIX = "/api/v1"
ABOUT = """What one sees of a running sandbox, and what one can do to it. The console uses nothing else.

Errors are `{"error": {"code", "message"}}`. POST needs `Content-Type: application/json`. Requests of foreign pages and
to foreign names are refused."""
WRONG: dict[int | str, dict[str, Any]] = {
    400: {"model": Failed, "description": "Something in it is wrong"},
    401: {"model": Failed, "description": "The token is missing"},
    403: {"model": Failed, "description": "From a foreign page"},
    404: {"model": Failed, "description": "There is no such thing"},
    409: {"model": Failed, "description": "Not in this state"},
    415: {"model": Failed, "description": "Not JSON"},
    421: {"model": Failed, "description": "To a foreign name"},
    422: {"model": Failed, "description": "Not of the described form"},
    503: {"model": Failed, "description": "A program of the sandbox does not answer now"},
    504: {"model": Failed, "description": "No answer in time"},
}


def application(watch: Watch, places: Places, guard: Guard, version: str) -> Any:
    """The ASGI application."""
    app = FastAPIOffline(
        docs_url="/api/docs",
        redoc_url=None,
        openapi_url="/api/openapi.json",
        static_url="/api/docs-files",
        title="The multi-region sandbox",
        description=ABOUT,
        version=version,
        swagger_ui_oauth2_redirect_url="/api/docs/oauth2-redirect",
    )
    for routes in (
        state_routes(watch, places),
        event_routes(watch),
        planet_routes(watch, places),
        table_routes(watch.asking),
        lesson_routes(watch.classroom),
    ):
        app.include_router(routes, prefix=PREFIX, responses=WRONG)
    app.include_router(metrics_route(watch))
    add_pages(app, guard.token)
    _say_errors(app)
    return GuardedDoor(app, guard)


def _say_errors(app: FastAPI) -> None:
    @app.exception_handler(Refusal)
    async def on_refusal(request: Request, refusal: Refusal) -> Response:
        return refused(refusal)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        wrong = [f"{'.'.join(str(step) for step in each['loc'])}: {each['msg']}" for each in error.errors()[:3]]
        return problem(422, "NotOfThisForm", "; ".join(wrong))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        words = {
            404: f"There is no {request.url.path} here. See /api/docs",
            405: f"{request.method} is no way to ask {request.url.path}. See /api/docs",
        }
        message = words.get(error.status_code, str(error.detail))
        code = {404: "NoSuchPage", 405: "NoSuchMethod"}.get(error.status_code, "BadRequest")
        return problem(error.status_code, code, message, headers=error.headers)
