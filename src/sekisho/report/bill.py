"""The bills of materials among the report formats: the writers live in :mod:`sekisho.sbom`."""

from __future__ import annotations

import msgspec

from sekisho.model.finding import Report
from sekisho.report.options import RenderOptions


def render_cyclonedx(report: Report, *, options: RenderOptions) -> bytes:
    """CycloneDX 1.6 JSON."""
    from sekisho.sbom.cyclonedx import write_cyclonedx

    return write_cyclonedx(_dated(report, options), tool_version=options.tool_version)


def render_spdx_json(report: Report, *, options: RenderOptions) -> bytes:
    """SPDX 2.3 JSON."""
    from sekisho.sbom.spdx import write_spdx

    return write_spdx(_dated(report, options), tool_version=options.tool_version)


def _dated(report: Report, options: RenderOptions) -> Report:
    """The report with the date to be written; a bill of materials judges nothing by it."""
    return msgspec.structs.replace(report, created_at=options.date) if options.date else report
