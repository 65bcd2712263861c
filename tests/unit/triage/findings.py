"""Findings to sift."""

from __future__ import annotations

from typing import Any

from sekisho.model.finding import Finding
from sekisho.model.package import Package
from sekisho.model.severity import Severity


def finding(
    id_: str = "CVE-2024-1", *, aliases: tuple[str, ...] = (), package: Package | None = None, **fields: Any
) -> Finding:
    held = package or Package(
        type="npm", name="lodash", version="4.17.20", path="app/package-lock.json", purl="pkg:npm/lodash@4.17.20"
    )
    return Finding(id=id_, aliases=aliases, package=held, **({"severity": Severity.HIGH} | fields))
