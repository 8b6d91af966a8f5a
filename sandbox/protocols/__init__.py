"""Bytes <-> values: HTTP/1.1, AWS signatures and host names, and the other wire formats. No await, no clock."""
