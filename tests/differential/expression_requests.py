"""Requests whose expressions come from a grammar: good ones, and ones broken in a place or two.

`ExpressionRequests(random).draw()` gives an action, a body and what was done. The grammar is that of the Developer
Guide's pages on expressions; the item it speaks about is `sides.ITEM`.
"""

from __future__ import annotations

from random import Random
from typing import Any

PATHS = ("n", "s", "b", "flag", "tags", "nums", "parts", "box", "box.a", "box.b.c",
         "parts[0]", "parts[2].deep", "absent")  # fmt: skip
NAMES = {"#n": "n", "#s": "s", "#m": "box", "#l": "parts"}
ALIASED = ("#n", "#s", "#m.a", "#l[0]")
VALUES: dict[str, dict[str, Any]] = {
    ":n": {"N": "5"},
    ":m": {"N": "7.5"},
    ":s": {"S": "text"},
    ":e": {"S": ""},
    ":b": {"B": "aGVsbG8="},
    ":t": {"BOOL": True},
    ":z": {"NULL": True},
    ":ss": {"SS": ["x", "z"]},
    ":ns": {"NS": ["1", "9"]},
    ":l": {"L": [{"N": "1"}]},
    ":o": {"M": {"a": {"N": "1"}}},
    ":type": {"S": "N"},
}
BAD_VALUES: tuple[dict[str, Any], ...] = (
    {},
    {"S": "a", "N": "1"},
    {"N": "many"},
    {"N": "1e200"},
    {"N": "1" * 39},
    {"SS": []},
    {"SS": ["a", "a"]},
    {"NS": ["1", "1.0"]},
    {"NULL": False},
    {"X": "a"},
)
# What spoils a text. `#no`, `:no` are defined by nobody; `size` and `year` are reserved words.
BAD_PATHS = ("#no", "name", "year", "a..b", "parts[x]", "parts[-1]", "box.", "n[99999999999]", "[0]", "")
BAD_OPERANDS = (":no", ":", "'text'", "5", "(:n", "size()")
OPERATORS = ("=", "<>", "<", "<=", ">", ">=")
SPOILERS = (
    lambda text: text + " AND",
    lambda text: text + ")",
    lambda text: "(" + text,
    lambda text: "((" + text + "))",
    lambda text: text.replace(" ", "", 1),
    lambda text: text.replace("=", "==", 1),
    lambda text: text.replace(",", "", 1),
    lambda text: text + " !",
    lambda text: "",
    lambda text: "   ",
    lambda text: text + " " + text,
    lambda text: text.replace("SET", "SETT").replace("AND", "OR"),
    lambda text: text + " + :n",
    lambda text: text.lower(),
)  # fmt: skip
LEGACY = ("EQ", "NE", "LT", "LE", "GT", "GE", "NULL", "NOT_NULL", "CONTAINS", "NOT_CONTAINS", "BEGINS_WITH", "IN")
KEY = {"id": {"S": "a"}}
STATEMENTS = (
    "SELECT * FROM plain WHERE id = 'a'",
    "SELECT n, box.a FROM plain WHERE id = 'a' AND n > 3",
    "SELECT * FROM ranged WHERE id = 'a' AND nr BETWEEN 1 AND 2 ORDER BY nr DESC",
    'SELECT * FROM "ranged"."by-color" WHERE color = \'red\'',
    "SELECT * FROM plain WHERE id IN ['a', 'b']",
    "SELECT * FROM plain WHERE begins_with(id, 'a')",
    "INSERT INTO plain VALUE {'id': 'z', 'n': 1}",
    "INSERT INTO plain VALUE {'id': 'a', 'n': 1}",
    "UPDATE plain SET n = n + 1 WHERE id = 'a'",
    "UPDATE plain SET n = 9 WHERE id = 'nobody'",
    "UPDATE plain REMOVE s WHERE id = 'a' RETURNING ALL OLD *",
    "DELETE FROM plain WHERE id = 'a'",
    "DELETE FROM plain WHERE id = 'a' AND n = 99",
    "DELETE FROM plain WHERE n = 5",
    "SELECT * FROM nowhere WHERE id = 'a'",
    "SELECT * FROM plain.nothing WHERE id = 'a'",
    "SELECT * FROM plain WHERE",
    "SELECT FROM plain",
    "SELEC * FROM plain",
    "UPDATE plain SET id = 'b' WHERE id = 'a'",
    "INSERT INTO plain VALUE {'n': 1}",
    "INSERT INTO plain VALUE 'x'",
    "SELECT box.b.c, parts[2].deep, parts[0] FROM plain WHERE id = 'a'",
    "SELECT n FROM plain WHERE id = 'a' AND attribute_exists(box.a) -- a comment",
    "SELECT/**/* FROM plain WHERE id = 'a' AND tags = <<'x', 'y'>>",
    "SELECT * FROM plain WHERE size(s) > 3 AND contains(tags, 'x') OR flag = true",
    "SELECT * FROM plain WHERE n IS MISSING OR gone IS NULL",
    "SELECT * FROM ranged WHERE id = 'a' ORDER BY n",
    "SELECT * FROM plain p WHERE id = 'a'",
    "INSERT INTO plain VALUE {'id': 'y', 'bag': <<>>}",
    "INSERT INTO plain VALUE {'id': 'y', 'l': [1, 'x', {'m': null}], 'set': <<1, 2>>}",
    "UPDATE plain SET nums = set_add(nums, <<3>>) SET tags = set_delete(tags, <<'x'>>) WHERE id = 'a'",
    "UPDATE plain SET parts = list_append(parts, [1]) WHERE id = 'a' RETURNING MODIFIED NEW *",
    "UPDATE ranged SET n = 1 WHERE id = 'a'",
    "DELETE FROM plain WHERE id = 'a' AND id = 'b'",
    "EXISTS(SELECT * FROM plain WHERE id = 'a' AND n = 5)",
    "EXISTS(SELECT * FROM plain WHERE id = 'a')",
    "DELETE FROM plain WHERE id = 'a' RETURNING ALL OLD *",
    "DROP TABLE plain",
    "SELECT * FROM plain WHERE id = ?",
    "",
)


class ExpressionRequests:
    """One request for each `draw`."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.names: set[str] = set()
        self.values: set[str] = set()
        self.bad = 0  # how many places may still be spoilt
        self.done: list[str] = []

    def draw(self) -> tuple[str, Any, str]:
        """action, body, what was done."""
        self.bad = self.random.choice((0, 0, 1, 1, 1, 1, 2))
        kinds = (self.put, self.delete, self.update, self.update, self.update, self.get, self.query, self.query)
        more = (self.scan, self.transact, self.batch_get, self.legacy_condition, self.legacy_update)
        last = (self.legacy_query, self.mixture, self.statement, self.statements)
        action, body = self.random.choice((*kinds, *more, *last))()
        return action, body, "; ".join(self.done) or "as the grammar has it"

    def spoils(self, chance: float = 0.3) -> bool:
        """Whether to spoil what is drawn now."""
        if self.bad and self.random.random() < chance:
            self.bad -= 1
            return True
        return False

    def noted(self, what: str) -> str:
        self.done.append(f"with {what!r}")
        return what

    def path(self) -> str:
        if self.spoils(0.08):
            return self.noted(self.random.choice(BAD_PATHS))
        if self.random.random() < 0.25:
            path = self.random.choice(ALIASED)
            self.names.add(path[:2])
            return path
        return self.random.choice(PATHS)

    def value(self, *likely: str) -> str:
        if self.spoils(0.08):
            return self.noted(self.random.choice(BAD_OPERANDS))
        token = self.random.choice(likely or tuple(VALUES)) if self.random.random() < 0.85 else self.any_value()
        self.values.add(token)
        return token

    def any_value(self) -> str:
        return self.random.choice(tuple(VALUES))

    def operand(self) -> str:
        return self.random.choice((self.path, self.path, lambda: self.value(":n", ":s", ":m"), self.size))()

    def size(self) -> str:
        return f"size({self.path()})"

    def primary(self) -> str:
        pick = self.random.choice
        kind = pick(("compare", "compare", "compare", "between", "in", "exists", "type", "begins", "contains"))
        if kind == "compare":
            return f"{self.operand()} {pick(OPERATORS)} {self.operand()}"
        if kind == "between":
            return f"{self.path()} BETWEEN {self.value(':n')} AND {self.value(':m')}"
        if kind == "in":
            return f"{self.path()} IN ({self.value(':n')}, {self.value(':s')})"
        if kind == "exists":
            return f"{pick(('attribute_exists', 'attribute_not_exists'))}({self.path()})"
        if kind == "type":
            return f"attribute_type({self.path()}, {self.value(':type')})"
        function = "begins_with" if kind == "begins" else "contains"
        function = self.noted(pick(("starts_with", "list_append"))) if self.spoils(0.1) else function
        return f"{function}({self.path()}, {self.value(':s', ':b')})"

    def condition(self, depth: int = 0) -> str:
        draw = self.random.random()
        if depth > 2 or draw < 0.55:
            return self.primary()
        if draw < 0.75:
            return f"{self.condition(depth + 1)} {self.random.choice(('AND', 'OR'))} {self.condition(depth + 1)}"
        return f"NOT {self.primary()}" if draw < 0.85 else f"({self.condition(depth + 1)})"

    def set_value(self) -> str:
        pick = self.random.choice
        kind = pick(("plain", "plain", "sum", "default", "append"))
        if kind == "plain":
            return pick((self.path, self.value, self.value))()
        if kind == "sum":
            return f"{self.path()} {pick('+-')} {self.value(':n', ':m')}"
        if kind == "default":
            return f"if_not_exists({self.path()}, {self.value()})"
        return f"list_append({self.path()}, {self.value(':l')})"

    def update_expression(self) -> str:
        sections = []
        for verb in self.random.sample(("SET", "REMOVE", "ADD", "DELETE"), self.random.choice((1, 1, 1, 2))):
            count = self.random.choice((1, 1, 2))
            if verb == "SET":
                parts = [f"{self.path()} = {self.set_value()}" for _ in range(count)]
            elif verb == "REMOVE":
                parts = [self.path() for _ in range(count)]
            else:
                likely = (":n", ":ss", ":ns") if verb == "ADD" else (":ss", ":ns")
                parts = [f"{self.path()} {self.value(*likely)}" for _ in range(count)]
            sections.append(f"{verb} {', '.join(parts)}")
        if self.spoils(0.1):
            sections.append(self.noted(self.random.choice((sections[0], "DROP n", "SET id = :n"))))
            self.values.add(":n")
        return " ".join(sections)

    def projection(self) -> str:
        return ", ".join(self.path() for _ in range(self.random.randint(1, 3)))

    def spoilt_text(self, text: str) -> str:
        if not self.spoils(0.3):
            return text
        spoilt: str = self.random.choice(SPOILERS)(text)
        self.done.append(f"text {text!r} spoilt")
        return spoilt

    def with_placeholders(self, body: dict[str, Any]) -> dict[str, Any]:
        """Define what the texts use; or leave one out, or one too many, or a bad one."""
        names: dict[str, Any] = {name: NAMES[name] for name in sorted(self.names)}
        values: dict[str, Any] = {token: VALUES[token] for token in sorted(self.values)}
        if self.spoils(0.35):
            how = self.random.choice(("unused name", "unused value", "no name", "no value", "bad value", "bad key"))
            self.done.append(how)
            if how == "unused name":
                names["#unused"] = "x"
            elif how == "unused value":
                values[":unused"] = {"S": "x"}
            elif how == "bad key":
                (names if self.random.random() < 0.5 else values)[self.random.choice(("x", "#", ":", "#a b"))] = "x"
            elif how == "bad value" and values:
                values[min(values)] = self.random.choice(BAD_VALUES)
            elif how == "no name" and names:
                del names[min(names)]
            elif how == "no value" and values:
                del values[min(values)]
        if names or self.spoils(0.03):
            body["ExpressionAttributeNames"] = names
        if values or self.spoils(0.03):
            body["ExpressionAttributeValues"] = values
        return body

    def table(self) -> str:
        return self.noted("nowhere") if self.spoils(0.05) else "plain"

    def put(self) -> tuple[str, Any]:
        item = {**KEY, "n": self.random.choice(BAD_VALUES) if self.spoils(0.2) else {"N": "1"}}
        body = {"TableName": self.table(), "Item": item, "ConditionExpression": self.spoilt_text(self.condition())}
        return "PutItem", self.with_placeholders(body)

    def delete(self) -> tuple[str, Any]:
        body = {"TableName": self.table(), "Key": KEY, "ConditionExpression": self.spoilt_text(self.condition())}
        return "DeleteItem", self.with_placeholders(body)

    def update(self) -> tuple[str, Any]:
        text = self.spoilt_text(self.update_expression())
        body: dict[str, Any] = {"TableName": self.table(), "Key": KEY, "UpdateExpression": text}
        if self.random.random() < 0.3:
            body["ConditionExpression"] = self.spoilt_text(self.condition())
        body["ReturnValues"] = self.random.choice(("NONE", "ALL_NEW", "ALL_OLD"))
        return "UpdateItem", self.with_placeholders(body)

    def get(self) -> tuple[str, Any]:
        body = {"TableName": self.table(), "Key": KEY, "ProjectionExpression": self.spoilt_text(self.projection())}
        return "GetItem", self.with_placeholders(body)

    def key_condition(self) -> str:
        pick = self.random.choice
        self.values.update((":s",))
        hash_part = pick(("id = :s", "id = :s", ":s = id", "id > :s", "n = :s", "id = s", "id = :s OR id = :s"))
        if self.random.random() < 0.4:
            return hash_part
        self.values.update((":n",))
        ranges = ("nr > :n", "nr <= :n", ":n > nr", "nr BETWEEN :n AND :m", "begins_with(nr, :n)", "nr <> :n", "n = :n")
        more = ("nr IN (:n)", "attribute_exists(nr)", "nr = :n AND nr = :n", "size(nr) = :n", "nr.x = :n")
        part = pick((*ranges, *ranges, *more))
        if ":m" in part:
            self.values.add(":m")
        return pick((f"{hash_part} AND {part}", f"({hash_part}) AND ({part})", f"{part} AND {hash_part}"))

    def query(self) -> tuple[str, Any]:
        table = "ranged" if self.random.random() < 0.95 else "nowhere"
        body: dict[str, Any] = {"TableName": table, "KeyConditionExpression": self.spoilt_text(self.key_condition())}
        if self.random.random() < 0.4:
            body["FilterExpression"] = self.spoilt_text(self.condition())
        if self.random.random() < 0.3:
            body["ProjectionExpression"] = self.projection()
        if self.random.random() < 0.2:
            body["IndexName"] = self.random.choice(("by-color", "own-colors", "nothing"))
        return "Query", self.with_placeholders(body)

    def scan(self) -> tuple[str, Any]:
        body = {"TableName": self.table(), "FilterExpression": self.spoilt_text(self.condition())}
        if self.random.random() < 0.3:
            body["Select"] = self.random.choice(
                ("COUNT", "ALL_ATTRIBUTES", "SPECIFIC_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")
            )
        return "Scan", self.with_placeholders(body)

    def batch_get(self) -> tuple[str, Any]:
        request = {"Keys": [KEY, KEY] if self.spoils(0.1) else [KEY], "ProjectionExpression": self.projection()}
        if self.names:
            request["ExpressionAttributeNames"] = {name: NAMES[name] for name in sorted(self.names)}
        return "BatchGetItem", {"RequestItems": {self.table(): request}}

    def transact(self) -> tuple[str, Any]:
        request: dict[str, Any] = {"TableName": self.table(), "Key": KEY}
        verb = self.random.choice(("Update", "Delete", "ConditionCheck", "Put"))
        if verb == "Update":
            request["UpdateExpression"] = self.spoilt_text(self.update_expression())
        if verb == "Put":
            request["Item"] = request.pop("Key")
        if verb != "Update" or self.random.random() < 0.3:
            request["ConditionExpression"] = self.spoilt_text(self.condition())
        actions = [{verb: self.with_placeholders(request)}]
        if self.spoils(0.2):
            actions.append({"Delete": {"TableName": "plain", "Key": KEY}})
            self.done.append("the same item twice")
        return "TransactWriteItems", {"TransactItems": actions}

    def comparison(self) -> dict[str, Any]:
        """An element of Expected, QueryFilter, ScanFilter."""
        operator = self.random.choice((*LEGACY, "BETWEEN"))
        count = {"NULL": 0, "NOT_NULL": 0, "BETWEEN": 2}.get(operator, 1)
        count += self.random.choice((-1, 1)) if self.spoils(0.3) else 0
        listed = [VALUES[self.random.choice((":n", ":s")) if self.random.random() < 0.8 else self.any_value()]
                  for _ in range(max(count, 0))]  # fmt: skip
        made: dict[str, Any] = {"ComparisonOperator": operator}
        if listed:
            made["AttributeValueList"] = listed
        if self.spoils(0.2):
            made["Exists"] = self.random.choice((True, False))
        return made

    def conditions(self) -> dict[str, Any]:
        return {name: self.comparison() for name in self.random.sample(("n", "s", "absent", "tags"), 2)}

    def legacy_condition(self) -> tuple[str, Any]:
        body: dict[str, Any] = {"TableName": "plain", "Item": KEY, "Expected": self.conditions()}
        if self.random.random() < 0.3:
            body["Expected"] = {"n": self.random.choice(({"Exists": False}, {"Value": VALUES[":n"]}, {"Exists": True}))}
        if self.random.random() < 0.4:
            body["ConditionalOperator"] = self.random.choice(("AND", "OR"))
        return "PutItem", body

    def legacy_update(self) -> tuple[str, Any]:
        updates: dict[str, Any] = {}
        for name in self.random.sample(("n", "s", "tags", "parts", "absent", "id"), 2):
            updates[name] = {"Action": self.random.choice(("PUT", "ADD", "DELETE"))}
            if self.random.random() < 0.8:
                updates[name]["Value"] = VALUES[self.any_value()]
        return "UpdateItem", {"TableName": "plain", "Key": KEY, "AttributeUpdates": updates, "ReturnValues": "ALL_NEW"}

    def legacy_query(self) -> tuple[str, Any]:
        keys: dict[str, Any] = {"id": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]}}
        if self.random.random() < 0.5:
            keys["nr"] = self.comparison()
        body: dict[str, Any] = {"TableName": "ranged", "KeyConditions": keys}
        if self.random.random() < 0.5:
            body["QueryFilter"] = self.conditions()
        return "Query", body

    def mixture(self) -> tuple[str, Any]:
        """Older parameters beside expressions, which AWS refuses."""
        action, body = self.random.choice((self.put, self.update, self.query))()
        older = {"PutItem": "Expected", "UpdateItem": "AttributeUpdates", "Query": "QueryFilter"}[action]
        body[older] = {"n": {"Value": VALUES[":n"]}} if action != "Query" else {"n": self.comparison()}
        self.done.append(f"{older} beside expressions")
        return action, body

    def statement(self) -> tuple[str, Any]:
        body: dict[str, Any] = {"Statement": self.random.choice(STATEMENTS)}
        if self.random.random() < 0.2:
            body["Parameters"] = [{"S": "a"}]
        return "ExecuteStatement", body

    def statements(self) -> tuple[str, Any]:
        chosen = [{"Statement": self.random.choice(STATEMENTS)} for _ in range(self.random.choice((1, 2)))]
        if self.random.random() < 0.5:
            return "BatchExecuteStatement", {"Statements": chosen}
        return "ExecuteTransaction", {"TransactStatements": chosen}
