"""Base scores of CVSS vectors, each computed once. Source: https://www.first.org/cvss/"""

from __future__ import annotations

from functools import lru_cache

DISTINCT_VECTORS = 8192
"""Kept scores: a full NVD year uses fewer different vectors."""


@lru_cache(maxsize=DISTINCT_VECTORS)
def base_score(vector: str) -> float:
    """The base score of a v2, v3 or v4 vector; 0.0 for one that cannot be read."""
    # Importing the arithmetic costs 18 ms: only reports that hold a vector pay for it.
    from cvss import CVSS2, CVSS3, CVSS4
    from cvss.exceptions import CVSSError

    kind = CVSS4 if vector.startswith("CVSS:4") else CVSS3 if vector.startswith("CVSS:3") else CVSS2
    try:
        score = kind(vector).scores()[0]
    except (CVSSError, ArithmeticError, LookupError, ValueError):
        return 0.0
    return float(score or 0.0)
