"""What callers send, checked: JSON values in, our values or a `BadInput` that names the field out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from demo_app.values import Line

NAME_LENGTH = 200  # characters of a name, a customer or a basket's id
MOST_OF_ONE = 1_000  # quantity of one line
MOST_LINES = 100  # lines of one basket: far below DynamoDB's 400 KB for an item
MOST_LISTED = 100  # orders in one answer
USUALLY_LISTED = 20


class BadInput(Exception):
    """The caller's mistake: which field, and what is wrong with it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """An order as the customer sends it, before it has an id."""

    line: Line
    customer: str


def read_order(body: object) -> NewOrder:
    """`{"name": "apples", "quantity": 3, "customer": "ada"}`; quantity and customer may be left out."""
    fields = _object(body, "body", known=("name", "quantity", "customer"))
    customer = _text(fields["customer"], "customer") if "customer" in fields else "someone"
    return NewOrder(line=_line(fields, ""), customer=customer)


def read_line(body: object, where: str = "") -> Line:
    """`{"name": "apples", "quantity": 3}`; quantity may be left out."""
    return _line(_object(body, where or "body", known=("name", "quantity")), f"{where}." if where else "")


def read_lines(body: object) -> tuple[Line, ...]:
    """`{"lines": [line, ...]}`: a whole basket, which may be empty."""
    lines = _object(body, "body", known=("lines",)).get("lines")
    if not isinstance(lines, list):
        raise BadInput("lines", "must be a list of {name, quantity}")
    if len(lines) > MOST_LINES:
        raise BadInput("lines", f"at most {MOST_LINES} lines, not {len(lines)}")
    return tuple(read_line(line, f"lines[{number}]") for number, line in enumerate(lines))


def read_id(text: str) -> str:
    """The id in an order's or a basket's address."""
    return _text(text, "id")


def read_limit(text: str | None) -> int:
    """How many orders `?limit=` asks for."""
    if text is None:
        return USUALLY_LISTED
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_LISTED):
        raise BadInput("limit", f"must be a number from 1 to {MOST_LISTED}")
    return int(text)


def read_deep(text: str | None) -> bool:
    """Whether `?deep=` asks for the deep health check."""
    if text not in (None, "0", "1"):
        raise BadInput("deep", "must be 0 or 1")
    return text == "1"


def _line(fields: dict[str, object], where: str) -> Line:
    if "name" not in fields:
        raise BadInput(f"{where}name", "is missing")
    quantity = fields.get("quantity", 1)
    if not isinstance(quantity, int) or isinstance(quantity, bool) or not 1 <= quantity <= MOST_OF_ONE:
        raise BadInput(f"{where}quantity", f"must be a whole number from 1 to {MOST_OF_ONE}")
    return Line(name=_text(fields["name"], f"{where}name"), quantity=quantity)


def _text(value: object, field: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadInput(field, "must be a text that is not empty")
    if len(value) > NAME_LENGTH:
        raise BadInput(field, f"at most {NAME_LENGTH} characters, not {len(value)}")
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise BadInput(field, "holds half of a surrogate pair, which UTF-8 cannot write")
    return value


def _object(body: object, field: str, *, known: tuple[str, ...]) -> dict[str, object]:
    if not isinstance(body, dict):
        raise BadInput(field, f"must be a JSON object with {', '.join(known)}")
    for name in body:
        if name not in known:
            raise BadInput(str(name), f"is not a field here; there are {', '.join(known)}")
    return body
