"""BYTES IN: bounded readers of hostile containers (tar, zip, gzip, ELF, rpmdb, …)."""
