"""THE ONLY PLACE WITH SOCKETS: HTTP over TCP and unix sockets, proxies, retries, bounded downloads."""
