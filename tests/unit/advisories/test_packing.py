"""Rows as bytes."""

from __future__ import annotations

import pytest

from sekisho.advisories.packing import Packer, Unpacker, train
from sekisho.advisories.schema import cve_key
from sekisho.errors import AdvisoryError

SAMPLES = [
    f"CVE-2024-{n} allows a remote attacker to crash the service in module {n % 13}".encode() * 3 for n in range(600)
]


def test_a_dictionary_makes_small_rows_smaller() -> None:
    dictionary = train(SAMPLES)
    plain, trained = Packer().pack(SAMPLES[3]), Packer(dictionary).pack(SAMPLES[3])
    assert len(trained) < len(plain) < len(SAMPLES[3])
    assert Unpacker(dictionary).unpack(trained) == Unpacker().unpack(plain) == SAMPLES[3]


def test_few_samples_are_no_dictionary() -> None:
    assert train(SAMPLES[:50]) == b""
    assert train([b""] * 500) == b""


def test_tiny_rows_are_kept_as_they_are() -> None:
    assert Packer().pack(b"\x90") == b"\x90" == Unpacker().unpack(b"\x90")


@pytest.mark.parametrize("damage", [b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfdgarbage"])
def test_a_damaged_row_is_an_error(damage: bytes) -> None:
    with pytest.raises(AdvisoryError, match="damaged"):
        Unpacker().unpack(damage)


def test_a_truncated_row_is_an_error() -> None:
    packed = Packer().pack(b"x" * 10_000)
    with pytest.raises(AdvisoryError, match="damaged"):
        Unpacker().unpack(packed[:-1])


def test_cve_numbers_sort_as_the_ids_do() -> None:
    names = ["CVE-1999-0001", "CVE-2023-1234567", "CVE-2024-0001", "CVE-2024-10000"]
    keys = [cve_key(name) for name in names]
    assert keys == sorted(keys, key=lambda key: key or 0) and len(set(keys)) == 4
    for name in ("GHSA-1", "CVE-24-1", "CVE-2024-1", "cve-2024-0001", "CVE-2024-123456789", "CVE-٢٠٢٤-0001"):
        assert cve_key(name) is None, name
