"""moto's buckets, as the register takes them up."""

from __future__ import annotations

from moto.s3.models import s3_backends

from sandbox.aws.moto_buckets import buckets_of_moto


def test_buckets_of_all_accounts_and_regions_are_found() -> None:
    backend = s3_backends["111122223333"]["aws"]
    backend.create_bucket("register-me", "eu-west-1")
    try:
        (found,) = [bucket for bucket in buckets_of_moto() if bucket.name == "register-me"]
        assert (found.account, found.region) == ("111122223333", "eu-west-1")
        assert found.created_at_s == backend.buckets["register-me"].creation_date.timestamp()
    finally:
        backend.delete_bucket("register-me")
