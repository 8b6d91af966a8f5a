"""The web face of the shop.

In: HTTP requests. Out: JSON that always says which region served (`region`, header `X-Served-By`) and how long it took
inside the app (`took_ms`). `ROUTES` is the whole of it; errors become JSON in one place, never a traceback.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, jsonify, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException

from demo_app.inputs import BadInput, read_deep, read_id, read_limit, read_line, read_lines, read_order
from demo_app.settings import Settings
from demo_app.store import Store, StoreError
from demo_app.values import Basket, Order

MOST_BODY_BYTES = 64 * 1024


class Shop:
    """The pages. Each returns its fields, or raises; `answer` adds what every answer says."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store

    def front(self) -> Response:
        """Who served you."""
        return self.answer({"message": f"Hello from {self.settings.region}", "served_at": moment(), "pid": os.getpid()})

    def health(self) -> Response:
        """Shallow: this process answers. Deep: and its region's DynamoDB does."""
        deep = read_deep(request.args.get("deep"))
        if deep:
            self.store.touch()
        return self.answer({"status": "ok", "deep": deep})

    def list_items(self) -> Response:
        """The newest orders."""
        orders, complete = self.store.newest_orders(read_limit(request.args.get("limit")))
        return self.answer({"items": [asdict(order) for order in orders], "complete": complete})

    def create_item(self) -> Response:
        """Place an order."""
        wanted = read_order(body())
        order = Order(
            id=str(uuid.uuid4()),
            name=wanted.line.name,
            quantity=wanted.line.quantity,
            customer=wanted.customer,
            placed_at=moment(),
            placed_in=self.settings.region,
        )
        self.store.put_order(order)
        response = self.answer({"item": asdict(order)}, status=201)
        response.headers["Location"] = f"/items/{order.id}"
        return response

    def read_item(self, item_id: str) -> Response:
        """One order."""
        order = self.store.order(read_id(item_id))
        if order is None:
            return self.missing(f"{self.settings.region} knows no order {item_id!r}")
        return self.answer({"item": asdict(order)})

    def read_basket(self, basket_id: str) -> Response:
        """One basket."""
        basket = self.store.basket(read_id(basket_id))
        if basket is None:
            return self.missing(f"{self.settings.region} knows no basket {basket_id!r}")
        return self.answer({"basket": asdict(basket)})

    def replace_basket(self, basket_id: str) -> Response:
        """Put a whole basket in the place of what was there."""
        basket = Basket(
            id=read_id(basket_id),
            lines=read_lines(body()),
            changed_at=moment(),
            changed_in=self.settings.region,
        )
        self.store.put_basket(basket)
        return self.answer({"basket": asdict(basket)})

    def add_line(self, basket_id: str) -> Response:
        """Put one thing into a basket."""
        basket = self.store.add_line(read_id(basket_id), read_line(body()), changed_at=moment())
        return self.answer({"basket": asdict(basket)}, status=201)

    def answer(self, fields: dict[str, Any], *, status: int = 200) -> Response:
        """JSON with what every answer says."""
        took_ms = round((time.perf_counter() - g.started_s) * 1000, 3)
        response = jsonify({"region": self.settings.region, "took_ms": took_ms, **fields})
        response.status_code = status
        response.headers["X-Served-By"] = self.settings.region
        response.headers["Cache-Control"] = "no-store"
        return response

    def missing(self, message: str) -> Response:
        """What this region does not have; another may."""
        return self.answer({"error": "NotFound", "message": message}, status=404)

    def bad_input(self, error: BadInput) -> Response:
        """The caller's mistake, by field."""
        return self.answer({"error": "BadInput", "field": error.field, "message": str(error)}, status=400)

    def store_failed(self, error: StoreError) -> Response:
        """DynamoDB's error, with the command that would help where there is one."""
        fields = {"error": error.code, "message": error.message, "definite": error.definite}
        if error.create is not None:
            fields["create"] = error.create
        return self.answer(fields, status=error.status)

    def http_error(self, error: HTTPException) -> Response:
        """Unknown address, wrong method, too large a body; and our own bugs, as a bare 500."""
        fields = {"error": error.name.replace(" ", ""), "message": error.description}
        response = self.answer(fields, status=error.code or 500)
        response.headers.update({name: value for name, value in error.get_headers() if name != "Content-Type"})
        return response


class InOrder(DefaultJSONProvider):
    """Fields stay in the order in which a page names them: the region first."""

    sort_keys = False


# Address, method, page.
ROUTES: tuple[tuple[str, str, Callable[..., Response]], ...] = (
    ("/", "GET", Shop.front),
    ("/health", "GET", Shop.health),
    ("/items", "GET", Shop.list_items),
    ("/items", "POST", Shop.create_item),
    ("/items/<item_id>", "GET", Shop.read_item),
    ("/baskets/<basket_id>", "GET", Shop.read_basket),
    ("/baskets/<basket_id>", "PUT", Shop.replace_basket),
    ("/baskets/<basket_id>/lines", "POST", Shop.add_line),
)


def create_app(settings: Settings) -> Flask:
    """The WSGI application of one region."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    app.json = InOrder(app)
    shop = Shop(settings, Store(settings))
    app.before_request(_start_clock)
    for address, method, page in ROUTES:
        app.add_url_rule(address, page.__name__, page.__get__(shop), methods=[method])
    app.register_error_handler(BadInput, shop.bad_input)
    app.register_error_handler(StoreError, shop.store_failed)
    app.register_error_handler(HTTPException, shop.http_error)
    return app


def _start_clock() -> None:
    g.started_s = time.perf_counter()


def body() -> object:
    """The request's JSON, whatever its content type says."""
    try:
        fields = request.get_json(force=True, silent=True)
    except RecursionError as error:  # ten thousand opening brackets
        raise BadInput("body", "is nested too deeply") from error
    if fields is None:
        raise BadInput("body", "must be a JSON object")
    return fields


def moment() -> str:
    """Now, as people and sort keys read it: 2026-01-01T00:00:00.000Z"""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
