"""One order per ecosystem."""
