"""Build the documentation: generate the reference, render every page, check every link. Any warning fails.

python docs/build.py            check that the generated pages are current, and render docs/site
python docs/build.py --write    renew the generated pages first
"""

from __future__ import annotations

import argparse
import re
import sys
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
SITE = HERE / "site"
sys.path.insert(0, str(HERE.parent / "src"))
sys.path.insert(0, str(HERE))

from reference import generated_pages  # noqa: E402 - after the paths are set

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6}\s+(.*)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{max-width:46rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}}
pre,code{{font-family:ui-monospace,monospace;font-size:.9em}}pre{{overflow-x:auto;background:#f6f6f4;padding:.8rem}}
table{{border-collapse:collapse}}td,th{{border:1px solid #ddd;padding:.2rem .5rem;vertical-align:top}}</style>
</head><body>
{body}
</body></html>
"""


def pages() -> list[Path]:
    return sorted(path for path in HERE.rglob("*.md") if SITE not in path.parents)


def slug(heading: str) -> str:
    words = re.sub(r"[`*_]", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def anchors(text: str) -> set[str]:
    return {slug(heading) for heading in _HEADING.findall(_FENCE.sub("", text))}


def renew(write: bool) -> list[str]:
    """Write or compare the generated pages."""
    complaints = []
    for name, text in generated_pages().items():
        path = HERE / name
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            complaints.append(f"{name} is not current: run `python docs/build.py --write`")
    return complaints


def broken_links(path: Path) -> list[str]:
    """Links of a page that lead nowhere in this repository."""
    complaints = []
    text = _FENCE.sub("", path.read_text())
    for target in _LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists():
            complaints.append(f"{path.relative_to(HERE.parent)}: no such file: {target}")
        elif anchor and there.suffix == ".md" and anchor not in anchors(there.read_text()):
            complaints.append(f"{path.relative_to(HERE.parent)}: no such heading: {target}")
    return complaints


def render(path: Path) -> list[str]:
    """Render one page into the site; complain when it has no title."""
    from markdown_it import MarkdownIt

    text = path.read_text()
    title = _HEADING.search(text)
    if title is None:
        return [f"{path.relative_to(HERE.parent)}: a page needs a title"]
    body = MarkdownIt("commonmark").enable("table").render(re.sub(r"\.md(#[\w-]+)?\)", r".html\1)", text))
    out = SITE / path.relative_to(HERE).with_suffix(".html")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(PAGE.format(title=escape(title[1]), body=body))
    return []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="renew the generated pages")
    complaints = renew(parser.parse_args().write)
    for path in [*pages(), HERE.parent / "README.md", HERE.parent / "CONTRIBUTING.md"]:
        complaints += broken_links(path)
    for path in pages():
        complaints += render(path)
    for complaint in complaints:
        print(f"warning: {complaint}")
    print(f"{len(pages())} pages, {len(complaints)} warnings")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
