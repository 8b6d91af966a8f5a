"""The local authority: its files, and the certificates it makes, checked by OpenSSL in memory."""

import ssl
import stat

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.serving.tls import BUNDLE, CERTIFICATE, KEY, LEAF_LIMIT, LocalAuthority


def shake(server_context, client_context, name):
    """A whole handshake in memory; the client's side."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(to_client, to_server, server_hostname=name)
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    left = [client, server]
    for _ in range(10):
        for side in tuple(left):
            try:
                side.do_handshake()
                left.remove(side)
            except ssl.SSLWantReadError:
                pass  # it goes on when the other side has spoken
        if not left:
            return client
    raise AssertionError("the handshake does not end")


def names_of(client):
    return {name for _, name in client.getpeercert()["subjectAltName"]}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return LocalAuthority.create_or_load(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize(
    "name",
    [
        "bucket.s3.eu-west-1.amazonaws.com",
        "my.dotted.bucket.s3.eu-west-1.amazonaws.com",
        "dynamodb.us-east-1.amazonaws.com",
        "xyz.execute-api.eu-west-1.amazonaws.com",
        "app.example.test",
        "localhost",
    ],
)
def test_any_name_asked_for_gets_a_certificate_that_the_bundle_verifies(authority, name):
    trusting = ssl.create_default_context(cafile=str(authority.bundle))
    client = shake(authority.server_context(), trusting, name)
    assert len(names_of(client)) == 1


def test_a_client_that_names_nobody_gets_the_default(authority):
    careless = ssl.create_default_context(cafile=str(authority.bundle))
    careless.check_hostname = False
    assert "localhost" in names_of(shake(authority.server_context(), careless, None))


def test_http_1_1_is_agreed_on(authority):
    wanting = ssl.create_default_context(cafile=str(authority.bundle))
    wanting.set_alpn_protocols(["h2", "http/1.1"])
    client = shake(authority.server_context(), wanting, "app.example.test")
    assert client.selected_alpn_protocol() == "http/1.1"


def test_strangers_do_not_trust_us(authority):
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(authority.server_context(), ssl.create_default_context(), "app.example.test")


@pytest.mark.parametrize("name", ["a" * 64 + ".example.test", "old_bucket.s3.eu-west-1.amazonaws.com"])
def test_a_name_that_cannot_be_certified_is_refused_in_the_handshake(authority, name):
    assert authority._choose(None, name, None) == ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME


def test_another_process_and_a_restart_use_the_same_authority(authority):
    for other in (LocalAuthority.load(authority.folder), LocalAuthority.create_or_load(authority.folder)):
        shake(other.server_context(), authority.client_context(), "app.example.test")


def test_the_key_is_for_its_owner_and_the_rest_for_all(authority):
    modes = {name: stat.S_IMODE((authority.folder / name).stat().st_mode) for name in (KEY, CERTIFICATE, BUNDLE)}
    assert modes == {KEY: 0o600, CERTIFICATE: 0o644, BUNDLE: 0o644}


def test_the_bundle_holds_the_public_roots_and_ours(authority):
    bundle = authority.bundle.read_text()
    assert bundle.count("BEGIN CERTIFICATE") > 50
    assert (authority.folder / CERTIFICATE).read_text() in bundle


@pytest.mark.parametrize(("name", "content"), [(KEY, b"broken"), (CERTIFICATE, b""), (KEY, None), (CERTIFICATE, None)])
def test_broken_files_are_told_rather_than_replaced(tmp_path, name, content):
    # A new authority in place of a broken one would silently end the trust that clients were given.
    LocalAuthority.create_or_load(tmp_path)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(Refusal, match="delete both"):
        LocalAuthority.create_or_load(tmp_path)


def test_the_names_kept_in_memory_are_bounded(authority, monkeypatch):
    made = []
    own = LocalAuthority(authority._authority, authority.folder)
    monkeypatch.setattr(
        own, "_new_context", lambda names: made.append(names) or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    )
    for number in range(LEAF_LIMIT + 1):
        own._context_for(f"{number}.example.test")
    own._context_for("2.example.test")
    assert len(made) == LEAF_LIMIT + 1
    own._context_for("0.example.test")  # the one not asked for longest was forgotten
    assert len(made) == LEAF_LIMIT + 2
