"""An `aws` for shells of tests: the aws CLI itself, forked from a process that has imported it already.

Importing takes two thirds of what a call costs, and shells of tests call it hundreds of times. One process imports it,
and forks for each call: the fork gets the caller's arguments, variables, folder and file descriptors, runs what the
program `aws` runs, and hands its exit code back. Nothing lives on from call to call.

In: this file as a program, with the path of the socket; it ends with its stdin. Out: "ready" on its stdout.
"""

from __future__ import annotations

import gc
import marshal
import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

LENGTH_BYTES = 4
STREAMS = (0, 1, 2)
DATA_PATH = "AWS_DATA_PATH"  # set by awscli's import
# What is read at each call of these, and is read before the first one here.
SERVICES = ("dynamodb", "route53", "s3", "sts", "cloudformation", "sqs")
KINDS = ("service-2", "paginators-1", "waiters-2", "endpoint-rule-set-1")

# The program `aws`: as little as can be, for it starts each time. Its interpreter is the server's, hence marshal.
CLIENT = f"""
import marshal, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect(sys.argv[1])
call = marshal.dumps((sys.argv[2:], dict(os.environb), os.getcwd()))
socket.send_fds(server, [len(call).to_bytes({LENGTH_BYTES}, "big")], {list(STREAMS)})
server.sendall(call)
code = server.recv(1)
sys.exit(code[0] if code else "aws: the forked process has ended without an exit code")
"""


@contextmanager
def aws_that_forks(folder: Path) -> Iterator[Path]:
    """A folder for PATH, in which `aws` is. folder: an empty one, whose path is short enough for a socket's."""
    (folder / "client.py").write_text(CLIENT)
    (folder / "bin").mkdir()
    program = folder / "bin" / "aws"
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -IS '{folder}/client.py' '{folder}/socket' \"$@\"\n")
    program.chmod(0o755)
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    server = subprocess.Popen(
        [sys.executable, __file__, str(folder / "socket")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        assert server.stdout.readline() == b"ready\n"
        yield program.parent
    finally:
        server.stdin.close()
        server.wait()
        server.stdout.close()


def serve(path: str) -> None:
    """Fork for each call, until stdin is closed."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(16)
    import_and_read()
    print("ready", flush=True)
    while True:
        if sys.stdin in select.select([listener, sys.stdin], [], [])[0]:
            return
        caller, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            run(caller)
        caller.close()
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def import_and_read() -> None:
    """What every call needs: awscli's modules, and botocore's data, which its loaders then find in memory."""

    import awscli.clidriver
    import awscli.handlers  # noqa: F401 - imported by name at each call
    from botocore import exceptions, loaders

    files: dict[str, Any] = {}
    services: dict[tuple[str, ...], Any] = {}
    read, list_services = loaders.JSONFileLoader.load_file, loaders.Loader.list_available_services

    def load_file(self: Any, path: str) -> Any:
        if path not in files:
            files[path] = read(self, path)
        return files[path]

    def list_available_services(self: Any, type_name: str) -> Any:
        key = (type_name, *self.search_paths)
        if key not in services:
            services[key] = list_services(self, type_name)
        return services[key]

    loaders.JSONFileLoader.load_file = load_file
    loaders.Loader.list_available_services = list_available_services
    loader = loaders.create_loader(os.environ[DATA_PATH])
    for service in SERVICES:
        for kind in KINDS:
            try:
                loader.load_service_model(service, kind)
            except exceptions.UnknownServiceError:
                continue  # no waiters, or no paginators
    for name in ("endpoints", "partitions", "_retry", "cli", "sdk-default-configuration"):
        loader.load_data(name)
    gc.freeze()  # pages that nobody writes to are not copied


def run(caller: socket.socket) -> NoReturn:
    """The fork: one call, as the program `aws` would answer it."""
    head, descriptors, _, _ = socket.recv_fds(caller, LENGTH_BYTES, len(STREAMS))
    with caller.makefile("rb") as rest:
        arguments, variables, folder = marshal.loads(rest.read(int.from_bytes(head, "big")))
    data_path = os.environ[DATA_PATH]
    os.environb.clear()
    os.environb.update(variables)
    os.environ.setdefault(DATA_PATH, data_path)
    os.chdir(folder)
    for stream, descriptor in zip(STREAMS, descriptors, strict=True):
        os.dup2(descriptor, stream)
        os.close(descriptor)
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
    sys.argv = ["aws", *arguments]
    code = 255
    try:
        import awscli.clidriver

        code = awscli.clidriver.main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        caller.sendall(bytes([(code or 0) & 0xFF]))
        os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1])
