"""wrk as the maker of load: PutItem, GetItem, UpdateItem as ready-made HTTP/1.1 requests over kept connections.

In: a port, an operation, seconds. Out: a `Counted`. Every peer is asked in the same bytes. A request costs wrk one
concatenation at most, so that the server is what is measured: PutItem has a new key each time, GetItem and UpdateItem
walk over ITEMS items that are there.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benches.machine import need
from benches.rig import REGION
from benches.values import BenchFailed

CONNECTIONS = 16
ITEMS = 1000
TABLE = "bench"
TEXT = "x" * 100
KEY_DIGITS = 9  # one length for all requests of an operation
BODIES = {
    "PutItem": '{{"TableName":"{table}","Item":{{"id":{{"S":"{key}"}},"n":{{"N":"1"}},"text":{{"S":"{text}"}}}}}}',
    "GetItem": '{{"TableName":"{table}","Key":{{"id":{{"S":"{key}"}}}}}}',
    "UpdateItem": '{{"TableName":"{table}","Key":{{"id":{{"S":"{key}"}}}},"UpdateExpression":"SET n = n + :one",'
    '"ExpressionAttributeValues":{{":one":{{"N":"1"}}}},"ReturnValues":"UPDATED_NEW"}}',
}
SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-amz-json-1.0"
wrk.headers["X-Amz-Target"] = "DynamoDB_20120810.{operation}"
wrk.headers["X-Amz-Date"] = "20260101T000000Z"
wrk.headers["Authorization"] = "{authorization}"
local number, known, head, tail = 0, {{}}, nil, nil
init = function(arguments)
  local whole = wrk.format(nil, "/", nil, '{body}')
  local from, to = string.find(whole, "%09d", 1, true)
  head, tail = string.sub(whole, 1, from - 1), string.sub(whole, to + 1)
  head = string.gsub(head, "Content%-Length: %d+", "Content-Length: " .. {body_bytes})
  for key = 0, {items} - 1 do known[key] = head .. string.format("%09d", key) .. tail end
end
request = function()
  local key = number
  number = number + 1
  if {new_keys} then return head .. string.format("%09d", key) .. tail end
  return known[key % {items}]
end
done = function(summary, latency, requests)
  local errors = summary.errors
  io.stderr:write(string.format('{{"requests":%d,"us":%d,"refused":%d,"broken":%d,"p50_us":%d,"p99_us":%d}}\\n',
    summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


def authorization(region: str) -> str:
    """The header of a call that is meant for this region: a door sends on what is signed for another."""
    scope = f"000000000000/20260101/{region}/dynamodb/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=0"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What wrk saw: answers with 200, and how long the middle one and the 99th of a hundred took."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_s(self) -> float:
        return self.requests / self.seconds


def script_of(operation: str, prefix: str) -> str:
    """The Lua that makes the requests. prefix: of the keys; nine digits follow."""
    key = f"{prefix}%09d"
    body = BODIES[operation].format(table=TABLE, key=key, text=TEXT)
    return SCRIPT.format(
        authorization=authorization(REGION),
        body=body,
        body_bytes=len(body) - len("%09d") + KEY_DIGITS,
        items=ITEMS,
        new_keys="true" if operation == "PutItem" else "false",
        operation=operation,
    )


def load(folder: Path, port: int, operation: str, seconds: int, prefix: str) -> Counted:
    """As many requests as the server answers in so many seconds; a BenchFailed when one was no 200."""
    script = folder / f"{operation}.lua"
    script.write_text(script_of(operation, prefix))
    url = f"http://127.0.0.1:{port}"
    words = [need("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script), url]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    if ended.returncode != 0 or not ended.stderr.strip():
        raise BenchFailed(f"wrk ended with {ended.returncode}: {ended.stderr[-500:]}{ended.stdout[-500:]}")
    counted = json.loads(ended.stderr.splitlines()[-1])
    if counted["refused"] or counted["broken"] or not counted["requests"]:
        raise BenchFailed(f"{operation} at port {port}: not every answer is 200: {counted}")
    return Counted(
        requests=counted["requests"],
        seconds=counted["us"] / 1e6,
        p50_ms=counted["p50_us"] / 1000,
        p99_ms=counted["p99_us"] / 1000,
    )
