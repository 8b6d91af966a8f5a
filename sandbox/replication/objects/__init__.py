"""S3 replication: object versions of a bucket copied to other buckets, in order, once, over the ocean."""
