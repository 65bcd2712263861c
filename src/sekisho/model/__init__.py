"""WORDS: frozen values without I/O; every other room speaks in them."""
