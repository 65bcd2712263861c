"""Reads chains such as ``1.0~rc1 < 1.0 = 1.0-0 < 1.1`` and holds an order to every pair in them."""

from __future__ import annotations

from collections.abc import Callable

Compare = Callable[[str, str], int]


def broken_links(compare: Compare, chain: str) -> list[str]:
    """Pairs of the chain that the order sees otherwise; versions are separated by `` < `` and `` = ``."""
    ranks: list[tuple[int, str]] = []
    rank = 0
    for token in chain.split(" "):
        if token == "<":
            rank += 1
        elif token != "=":
            ranks.append((rank, token))
    broken = []
    for left, a in ranks:
        for right, b in ranks:
            wanted = (left > right) - (left < right)
            if compare(a, b) != wanted:
                broken.append(f"{a} {'=<>'[wanted]} {b}")
    return broken
