"""Names under which Java is deployed."""

from __future__ import annotations

FOUND_BY = "jar"
SUFFIXES = (".jar", ".war", ".ear", ".par", ".sar", ".nar", ".kar", ".rar", ".jpi", ".hpi", ".lpkg", ".far")
"""Zip archives of Java: Trivy's four, and syft's of application servers, Jenkins, Karaf and Liferay."""
WRAPPER = ".zip"
"""A zip that only carries Java archives: it is no package itself."""
