"""Extractors that read executables."""
