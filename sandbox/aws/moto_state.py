"""moto's state to a file and back. In: a path. Out: which services were kept, and which were not.

One pickle holds every backend of every account, so that objects which services share (a stack and its queue) are
still shared afterwards. What plain pickle refuses (locks, RSA keys, weak references, moto's own lambdas) is rebuilt
by `_Pickler`. The file starts with one JSON line that names the versions it was written by; another version, or a
broken file, is set aside under a new name and the state starts empty, with a message.
"""

from __future__ import annotations

import io
import marshal
import pickle
import platform
import sys
import threading
import types
import weakref
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from sandbox.aws.moto_core import prepare_moto

FORMAT = 2  # 2: record sets of Route 53 in our own store
# Checked by tests/live/aws/test_moto_state.py, service by service; a service in neither list is kept if it can be.
SAVED_NAMES = """
    acm apigateway apigatewayv2 autoscaling cloudformation cloudwatch cognito-idp ec2 ecr ecs efs elasticache elb
    elbv2 events firehose globalaccelerator iam kinesis kms lambda logs networkmanager organizations rds
    resource-groups route53 s3 scheduler secretsmanager ses sns sqs ssm stepfunctions sts wafv2
"""
SAVED = frozenset(SAVED_NAMES.split())
# Threads, containers or files of their own: what they had is gone when control ends.
NOT_SAVED = ("batch", "codebuild", "dax", "sagemaker", "swf", "transcribe")
PLAIN = frozenset({"dynamodb", "dynamodbstreams"})  # what regions keep; many objects, none of them odd
UNFIT = (
    pickle.PickleError,
    AttributeError,
    EOFError,
    ImportError,
    IndexError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
)  # what pickle raises for objects and files it cannot handle
TRIES = 5  # a request in another thread may change a dict while it is being written

Content = dict[str, dict[str, dict[str, Any]]]  # service -> account -> region -> backend


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What one save wrote. left_out: services in use that could not be kept, with the reason."""

    services: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    size_bytes: int


class _Pickler(pickle.Pickler):
    """Pickles what moto's objects hold and plain pickle refuses."""

    def reducer_override(self, thing: Any) -> Any:
        kind = type(thing)
        if kind in _REDUCERS:
            return _REDUCERS[kind](thing)
        if kind is types.FunctionType and thing.__name__ == "<lambda>" and thing.__closure__ is None:
            return _lambda_again, (marshal.dumps(thing.__code__), thing.__module__)
        if kind.__module__.startswith("cryptography.") and kind.__name__ in _CRYPTOGRAPHY:
            return _CRYPTOGRAPHY[kind.__name__](thing)
        if isinstance(thing, defaultdict) and kind is not defaultdict:
            return _defaultdict_again, (kind, thing.default_factory), vars(thing), None, iter(thing.items())
        return NotImplemented


_REDUCERS: dict[type, Any] = {
    type(threading.Lock()): lambda thing: (threading.Lock, ()),
    type(threading.RLock()): lambda thing: (threading.RLock, ()),
    threading.Condition: lambda thing: (threading.Condition, ()),
    weakref.WeakValueDictionary: lambda thing: (weakref.WeakValueDictionary, (dict(thing),)),
}


def _lambda_again(code: bytes, module: str) -> Any:
    __import__(module)
    return types.FunctionType(marshal.loads(code), vars(sys.modules[module]))


def _defaultdict_again(kind: type[Any], default_factory: Any) -> Any:
    """A subclass of defaultdict whose `__init__` wants more than pickle gives it."""
    again: Any = defaultdict.__new__(kind)
    defaultdict.__init__(again, default_factory)
    return again


def _reduce_key(key: Any) -> Any:
    from cryptography.hazmat.primitives import serialization as forms

    return _key_again, (key.private_bytes(forms.Encoding.DER, forms.PrivateFormat.PKCS8, forms.NoEncryption()),)


def _key_again(der: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    return load_der_private_key(der, password=None)


def _reduce_certificate(certificate: Any) -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding

    return _certificate_again, (certificate.public_bytes(Encoding.DER),)


def _certificate_again(der: bytes) -> Any:
    from cryptography.x509 import load_der_x509_certificate

    return load_der_x509_certificate(der)


_CRYPTOGRAPHY: dict[str, Any] = {
    "RSAPrivateKey": _reduce_key,
    "ECPrivateKey": _reduce_key,
    "ECDSAPrivateKey": _reduce_key,
    "Certificate": _reduce_certificate,
}


def backends_in_use() -> Content:
    """Every backend that holds something, by service, account and region. Loads no service."""
    prepare_moto()
    from moto.core import base_backend

    instances: list[Any] = vars(base_backend.BackendDict)["_instances"]
    return {
        backends.service_name: {account: dict(regions) for account, regions in list(backends.items())}
        for backends in list(instances)
    }


def put_back(content: Content) -> None:
    """Make these the backends of their services."""
    from moto.backends import get_backend

    for service, accounts in content.items():
        backends: Any = get_backend(service)  # type: ignore[call-overload]
        for account, regions in accounts.items():
            for region, backend in regions.items():
                dict.__setitem__(backends[account], region, backend)


def versions() -> dict[str, Any]:
    """What a file of ours must agree with to be read: pickles follow moto's classes, and lambdas Python's bytecode."""
    from importlib.metadata import version

    return {"format": FORMAT, "moto": version("moto"), "python": platform.python_version().rpartition(".")[0]}


def dumps(content: Content) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    """The content as bytes, and the services that had to be left out, with the reason."""
    left_out = [
        (service, why) for service in content if service not in SAVED | PLAIN and (why := _refuses(content, service))
    ]
    unfit = {service for service, _ in left_out}
    kept = {service: accounts for service, accounts in content.items() if service not in unfit}
    try:
        return _pickled(kept), tuple(left_out)
    except UNFIT:
        left_out += [(service, why) for service in kept if (why := _refuses(kept, service))]
        unfit = {service for service, _ in left_out}
    return _pickled({service: kept[service] for service in kept if service not in unfit}), tuple(left_out)


def _refuses(content: Content, service: str) -> str:
    """Why this service cannot be written and read again; "" when it can."""
    try:
        pickle.loads(_pickled({service: content[service]}))
    except UNFIT as error:
        return repr(error)[:200]
    return ""


def _pickled(content: Content) -> bytes:
    for remaining in reversed(range(TRIES)):
        try:
            return _pickled_once(content)
        except RuntimeError as error:  # "dictionary changed size during iteration"
            if isinstance(error, RecursionError) or not remaining:
                raise
    raise AssertionError("unreachable")


def _pickled_once(content: Content) -> bytes:
    """Plain pickle where it will do: `_Pickler` costs a call in Python for each object, ten times as much."""
    if PLAIN.issuperset(content):
        return pickle.dumps(content, protocol=5)
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=5).dump(content)
    return buffer.getvalue()


def save(path: Path, not_saved: Collection[str] = NOT_SAVED) -> Saved:
    """Write the present state; the file is replaced whole or not at all."""
    content = {service: accounts for service, accounts in backends_in_use().items() if service not in not_saved}
    return write(path, content)


def write(path: Path, content: Content) -> Saved:
    """Write this content; the file is replaced whole or not at all."""
    body, left_out = dumps(content)
    data = orjson.dumps(versions()) + b"\n" + body
    write_whole(path, data)
    failed = {service for service, _ in left_out}
    kept = tuple(sorted(service for service in content if service not in failed))
    return Saved(services=kept, left_out=left_out, size_bytes=len(data))


def write_whole(path: Path, data: bytes) -> None:
    """Write next to the file and rename: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(data)
    beside.replace(path)


def load(path: Path) -> tuple[Content, str]:
    """The content of a file, and what a person should know about it ("" when all is well). Nothing is put in place."""
    try:
        head, _, body = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return {}, ""
    problem = _problem(head)
    if not problem:
        prepare_moto()
        try:
            content: Content = pickle.loads(body)
            return content, ""
        except UNFIT as error:
            problem = f"it cannot be read ({error!r})"
    aside = path.with_name(path.name + ".broken")
    path.replace(aside)
    return {}, f"The saved AWS state was set aside as {aside} and control starts empty: {problem}."


def _problem(head: bytes) -> str:
    try:
        written_by = orjson.loads(head)
    except orjson.JSONDecodeError:
        return "its first line is not JSON"
    return "" if written_by == versions() else f"it was written by {written_by}, this is {versions()}"
