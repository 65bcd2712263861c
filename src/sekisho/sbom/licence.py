"""Licences as declared, in the form each document wants: an SPDX identifier when it is one, else a name.

Source: https://spdx.org/licenses/
"""

from __future__ import annotations

import re
from functools import lru_cache

_NAMES = """
0BSD AFL-2.1 AFL-3.0 AGPL-3.0 AGPL-3.0-only AGPL-3.0-or-later Apache-1.1 Apache-2.0 Artistic-1.0 Artistic-1.0-Perl
Artistic-2.0 BSD-1-Clause BSD-2-Clause BSD-2-Clause-Patent BSD-3-Clause BSD-4-Clause BSD-Source-Code BSL-1.0 BUSL-1.1
BlueOak-1.0.0 CC-BY-3.0 CC-BY-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0 CDDL-1.0 CDDL-1.1 CPL-1.0 CECILL-2.1 EPL-1.0
EPL-2.0 EUPL-1.1 EUPL-1.2 FSFAP FSFUL FSFULLR FTL GFDL-1.2 GFDL-1.3 GFDL-1.3-only GFDL-1.3-or-later GPL-1.0
GPL-1.0-only GPL-1.0-or-later GPL-2.0 GPL-2.0-only GPL-2.0-or-later GPL-3.0 GPL-3.0-only GPL-3.0-or-later HPND ICU
IJG ISC Info-ZIP LGPL-2.0 LGPL-2.0-only LGPL-2.0-or-later LGPL-2.1 LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0
LGPL-3.0-only LGPL-3.0-or-later Libpng MIT MIT-0 MIT-CMU MPL-1.1 MPL-2.0 MPL-2.0-no-copyleft-exception MS-PL
NCSA NTP OFL-1.1 OLDAP-2.8 OpenSSL PHP-3.01 PSF-2.0 PostgreSQL Python-2.0 Python-2.0.1 Ruby SGI-B-2.0 SSPL-1.0
Sleepycat TCL UPL-1.0 Unicode-3.0 Unicode-DFS-2016 Unlicense Vim W3C WTFPL X11 ZPL-2.1 Zlib blessing bzip2-1.0.6
curl libpng-2.0 libtiff zlib-acknowledgement
"""
KNOWN = frozenset(_NAMES.split())
"""The identifiers seen in distributions and registries; the whole list comes with the licence scanner."""
EXCEPTIONS = frozenset({
    "Autoconf-exception-3.0", "Classpath-exception-2.0", "GCC-exception-3.1", "LLVM-exception", "OpenSSL-exception",
    "Bison-exception-2.2", "Font-exception-2.0", "Linux-syscall-note",
})  # fmt: skip
_WORDS = re.compile(r"[()]|[^\s()]+")
_UNFIT = re.compile(r"[^A-Za-z0-9.]+")
MAX_EXPRESSION = 2000
"""Characters of an expression worth parsing; longer ones are licence texts."""


@lru_cache(maxsize=4096)
def is_expression(text: str) -> bool:
    """Say whether the text is an SPDX expression made of known identifiers."""
    if len(text) > MAX_EXPRESSION:
        return False
    depth, operand = 0, True
    previous = ""
    for word in _WORDS.findall(text):
        if word == "(":
            if not operand:
                return False
            depth += 1
        elif word == ")":
            if operand or depth == 0:
                return False
            depth -= 1
        elif word in ("AND", "OR", "WITH"):
            if operand or (word == "WITH" and previous == ")"):
                return False
            operand = True
        elif not operand or not _named(word, previous):
            return False
        else:
            operand = False
        previous = word
    return depth == 0 and not operand


def _named(word: str, previous: str) -> bool:
    return word in EXCEPTIONS if previous == "WITH" else word.removesuffix("+") in KNOWN


def reference(text: str) -> str:
    """``LicenseRef-…`` for a name that SPDX does not know."""
    slug = _UNFIT.sub("-", text).strip("-")[:64]
    return f"LicenseRef-{slug or 'unnamed'}"
