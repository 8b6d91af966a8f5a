"""Doors through which a client stands in a place: HTTP/1.1 proxy, CONNECT and SOCKS5 on one port."""
