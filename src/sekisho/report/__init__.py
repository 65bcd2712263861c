"""Paper out: one file a format."""
