"""RHEL and its rebuilds compile the same sources, so AlmaLinux's errata speak of all of them, in AlmaLinux's spelling.

* What AlmaLinux patched itself ends in ``.alma`` or ``.alma.1``; elsewhere the same source has the same name without.
* A module's packages bear the minor release, number and commit of their build (``.module_el8.5.0+2577+9e95fe00``, Red
  Hat's ``.module+el8.5.0+12582+56d94c81``), which tell nothing about another builder's. A package that is only built
  again, because another one of its module was mended, has not changed.

Source: https://wiki.almalinux.org/development/Modified-packages.html, https://docs.fedoraproject.org/en-US/modularity/
"""

from __future__ import annotations

import re

import msgspec

from sekisho.model.advisory import Interval

FAMILIES = frozenset({"redhat", "rhel", "centos"})
"""Systems matched through AlmaLinux's errata that are not AlmaLinux."""
_OWN_PATCH = re.compile(r"\.alma(?:\.[0-9a-z]+)?$")
_BUILD = re.compile(r"\.module[+_]el[0-9.]+(?:\+[0-9]+\+[0-9a-f]+)?")


def common_version(version: str) -> str:
    """The version as every rebuild of the same source has it."""
    return _OWN_PATCH.sub("", _BUILD.sub("", version))


def common_interval(interval: Interval) -> Interval:
    """The interval with bounds as every rebuild has them."""
    fixed = common_version(interval.fixed)
    return interval if fixed == interval.fixed else msgspec.structs.replace(interval, fixed=fixed)
