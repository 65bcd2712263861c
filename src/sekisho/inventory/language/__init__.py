"""Extractors of language ecosystems' lock files and installed packages."""
