"""The sandbox's own certificate authority; the only file that imports trustme.

In: a folder. Out: `ca.pem`, `ca-key.pem` (0600) and `ca-bundle.pem` (public roots and ours: for AWS_CA_BUNDLE,
REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE), and server contexts that make a certificate for whatever name a
client asks for. The files outlive the process: clients that trust them once go on doing so.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from collections import OrderedDict
from pathlib import Path

import certifi
import trustme

from sandbox.kernel.errors import bad_setting

CERTIFICATE = "ca.pem"
KEY = "ca-key.pem"
BUNDLE = "ca-bundle.pem"
DEFAULT_NAMES = ("localhost", "127.0.0.1", "::1")  # for clients that name nobody
LEAF_LIMIT = 512  # names with a certificate in memory; the one not asked for longest is forgotten
ORGANIZATION = "Multi-region sandbox"


class LocalAuthority:
    """Signs certificates for names inside the planet. Its own certificate does not run out (year 3000)."""

    def __init__(self, authority: trustme.CA, folder: Path) -> None:
        self.folder = folder
        self.bundle = folder / BUNDLE
        self._authority = authority
        self._trusting: ssl.SSLContext | None = None
        self._contexts: OrderedDict[str, ssl.SSLContext] = OrderedDict()

    def __repr__(self) -> str:
        return f"LocalAuthority({self.folder})"

    @classmethod
    def create_or_load(cls, folder: Path) -> LocalAuthority:
        """The authority whose files are in `folder`; a new one when there are none."""
        certificate, key = folder / CERTIFICATE, folder / KEY
        if not certificate.exists() and not key.exists():
            folder.mkdir(parents=True, exist_ok=True)
            made = trustme.CA(organization_name=ORGANIZATION, organization_unit_name="local certificate authority")
            _write(key, made.private_key_pem.bytes(), mode=0o600)
            _write(certificate, made.cert_pem.bytes(), mode=0o644)
        authority = cls.load(folder)
        authority._write_bundle()
        return authority

    @classmethod
    def load(cls, folder: Path) -> LocalAuthority:
        """The authority whose files are in `folder`; a Refusal when they are missing or broken."""
        try:
            certificate, key = (folder / CERTIFICATE).read_bytes(), (folder / KEY).read_bytes()
            return cls(trustme.CA.from_pem(certificate, key), folder)
        except (OSError, ValueError, TypeError) as error:
            problem = f"{CERTIFICATE} or {KEY} cannot be read ({error}); delete both and start again"
            raise bad_setting(str(folder), problem) from error

    def server_context(self) -> ssl.SSLContext:
        """For servers: each client gets a certificate for the name it asks for (SNI)."""
        context = self._new_context(DEFAULT_NAMES)
        context.sni_callback = self._choose
        return context

    def client_context(self) -> ssl.SSLContext:
        """For clients of this process: trusts this authority and nobody else. Always the same, so that pools share."""
        if self._trusting is None:
            self._trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._trusting.load_verify_locations(cadata=self._authority.cert_pem.bytes().decode("ascii"))
        return self._trusting

    def _choose(self, tls: ssl.SSLObject | ssl.SSLSocket, name: str | None, context: ssl.SSLContext) -> int | None:
        """Called in a handshake, before our certificate is sent."""
        if not name:
            return None
        try:
            tls.context = self._context_for(name.lower().rstrip("."))
        except ValueError:  # no certificate can hold it: labels too long, "_" (clients use no such bucket as a name)
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        return None

    def _context_for(self, name: str) -> ssl.SSLContext:
        context = self._contexts.get(name)
        if context is None:
            context = self._contexts[name] = self._new_context((name,))
            if len(self._contexts) > LEAF_LIMIT:
                self._contexts.popitem(last=False)
        else:
            self._contexts.move_to_end(name)
        return context

    def _new_context(self, names: tuple[str, ...]) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        self._authority.issue_cert(*names, organization_name=ORGANIZATION).configure_cert(context)
        return context

    def _write_bundle(self) -> None:
        """Roots of the public internet first, so that programs with this bundle can still reach it."""
        bundle = Path(certifi.where()).read_bytes().rstrip() + b"\n\n" + self._authority.cert_pem.bytes()
        if not self.bundle.exists() or self.bundle.read_bytes() != bundle:
            _write(self.bundle, bundle, mode=0o644)


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """Whole or not at all: another process may be reading."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600 from the beginning
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), mode)
    os.replace(temporary, path)
