"""The console's own files, served as they stand in `web/`: no build step, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from sandbox.console.guard import COOKIE

WEB = Path(__file__).parent / "web"
FRESH = {"Cache-Control": "no-cache"}  # asked again each time, answered 304: a new version shows at once


def add_pages(app: FastAPI, token: str) -> None:
    """`/` is the console. With ?token= the token becomes a cookie, and leaves the address line."""

    @app.get("/", include_in_schema=False)
    async def console(request: Request) -> Response:
        if token and request.query_params.get("token"):
            answer: Response = RedirectResponse("/", status_code=303)
            answer.set_cookie(COOKIE, token, httponly=True, samesite="strict")
            return answer
        return FileResponse(WEB / "index.html", headers=FRESH)

    app.mount("/web", StaticFiles(directory=WEB), name="web")
