"""Which buckets moto has. Blocking: see `MotoHost.in_thread`."""

from __future__ import annotations

import sys

from sandbox.aws.buckets import Bucket


def buckets_of_moto() -> list[Bucket]:
    """Of all accounts and regions; none while nobody has used S3."""
    if "moto.s3.models" not in sys.modules:
        return []
    from moto.s3.models import s3_backends

    return [
        Bucket(
            name=str(bucket.name),
            account=str(account),
            region=str(bucket.region_name),
            created_at_s=bucket.creation_date.timestamp(),
        )
        for account, partitions in list(s3_backends.items())
        for backend in list(partitions.values())
        for bucket in list(backend.buckets.values())
    ]
