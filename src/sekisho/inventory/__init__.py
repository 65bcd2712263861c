"""EXTRACTORS: file → packages, and the one walk that serves them all."""
