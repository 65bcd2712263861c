"""Extractors of operating-system package databases."""
