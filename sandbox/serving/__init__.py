"""HTTP/1.1 on sockets: server, client pool, TLS by a local authority, and a region's application balancer."""
