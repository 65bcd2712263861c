"""Package × store → finding, with its explanation."""
