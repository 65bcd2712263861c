"""The day a distribution's free security support ends, by family and release.

For Debian that includes LTS (run by the project, free for everyone); for Ubuntu it is standard support without the
subscription's extension; for SUSE it is general support of the service pack; for Red Hat it is the end of maintenance.
Rolling distributions never end and have no entry. Days as published when this table was last looked over (2026-11).

Sources: https://wiki.debian.org/LTS · https://ubuntu.com/about/release-cycle · https://alpinelinux.org/releases/ ·
https://access.redhat.com/support/policy/updates/errata · https://wiki.almalinux.org/release-notes/ ·
https://wiki.rockylinux.org/rocky/version/ · https://www.centos.org/cl-vs-cs/ ·
https://www.oracle.com/a/ocom/docs/elsp-lifetime-069338.pdf · https://docs.fedoraproject.org/en-US/releases/eol/ ·
https://docs.aws.amazon.com/linux/al2023/ug/release-cadence.html · https://www.suse.com/lifecycle ·
https://en.opensuse.org/Lifetime · https://learn.microsoft.com/azure/azure-linux/release-cadence-lifecycle ·
https://blogs.vmware.com/vsphere/2022/01/photon-1-x-end-of-support-announcement.html; all of them are gathered at
https://endoflife.date.
"""

from __future__ import annotations


def _table(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_REDHAT = _table("4 2012-02-29 5 2017-03-31 6 2020-11-30 7 2024-06-30 8 2029-05-31 9 2032-05-31 10 2035-05-31")
_MARINER = _table("1.0 2023-08-31 2.0 2025-07-31 3.0 2027-08-31")

_ENDS: dict[str, dict[str, str]] = {
    "alma": _table("8 2029-03-01 9 2032-05-31 10 2035-05-31"),
    "alpine": _table(
        """
        2.0 2012-04-01 2.1 2012-11-01 2.2 2013-05-01 2.3 2013-11-01 2.4 2014-05-01 2.5 2014-11-01 2.6 2015-05-01
        2.7 2015-11-01 3.0 2016-05-01 3.1 2016-11-01 3.2 2017-05-01 3.3 2017-11-01 3.4 2018-05-01 3.5 2018-11-01
        3.6 2019-05-01 3.7 2019-11-01 3.8 2020-05-01 3.9 2020-11-01 3.10 2021-05-01 3.11 2021-11-01 3.12 2022-05-01
        3.13 2022-11-01 3.14 2023-05-01 3.15 2023-11-01 3.16 2024-05-23 3.17 2024-11-22 3.18 2025-05-09
        3.19 2025-11-01 3.20 2026-04-01 3.21 2026-11-01 3.22 2027-05-01 3.23 2027-11-01 3.24 2028-06-01
        """
    ),
    "amazon": _table("1 2023-12-31 2 2026-06-30 2023 2029-06-30"),
    "azurelinux": _MARINER,
    "cbl-mariner": _MARINER,
    "centos": _table("5 2017-03-31 6 2020-11-30 7 2024-06-30 8 2021-12-31"),
    "centos-stream": _table("8 2024-05-31 9 2027-05-31 10 2030-01-01"),
    "debian": _table(
        """
        4 2010-02-15 5 2012-02-06 6 2016-02-29 7 2018-05-31 8 2020-06-30 9 2022-06-30 10 2024-06-30 11 2026-08-31
        12 2028-06-30 13 2030-06-30
        """
    ),
    "fedora": _table(
        """
        20 2015-06-23 21 2015-12-01 22 2016-07-19 23 2016-12-20 24 2017-08-08 25 2017-12-12 26 2018-05-29
        27 2018-11-30 28 2019-05-28 29 2019-11-26 30 2020-05-26 31 2020-11-24 32 2021-05-25 33 2021-11-30
        34 2022-06-07 35 2022-12-13 36 2023-05-16 37 2023-12-05 38 2024-05-21 39 2024-11-26 40 2025-05-13
        41 2025-12-15 42 2026-05-13 43 2026-12-09
        """
    ),
    "opensuse-leap": _table(
        """
        42.1 2017-05-17 42.2 2018-01-26 42.3 2019-07-01 15.0 2019-12-03 15.1 2021-02-02 15.2 2022-01-04
        15.3 2022-12-31 15.4 2023-12-07 15.5 2024-12-31 15.6 2026-04-30 16.0 2027-10-31
        """
    ),
    "oracle": _table("5 2017-06-30 6 2021-03-31 7 2024-12-31 8 2029-07-31 9 2032-06-30 10 2035-06-30"),
    "photon": _table("1.0 2022-02-28 2.0 2022-12-01 3.0 2025-10-02 4.0 2027-10-11"),
    "redhat": _REDHAT,
    "rocky": _table("8 2029-05-31 9 2032-05-31 10 2035-05-31"),
    "slem": _table("5.1 2025-10-31 5.2 2026-04-30 5.3 2026-10-30 5.4 2027-04-30 5.5 2027-10-31 6.0 2028-06-30"),
    "sles": _table(
        """
        10.0 2007-12-31 10.1 2008-11-30 10.2 2010-04-11 10.3 2011-10-11 10.4 2013-07-31 11.0 2010-12-31 11.1 2012-08-31
        11.2 2014-01-31 11.3 2016-01-31 11.4 2019-03-31 12.0 2016-06-30 12.1 2017-05-31 12.2 2018-03-31 12.3 2019-06-30
        12.4 2020-06-30 12.5 2024-10-31 15.0 2019-12-31 15.1 2021-01-31 15.2 2021-12-31 15.3 2022-12-31 15.4 2023-12-31
        15.5 2024-12-31 15.6 2025-12-31 15.7 2031-07-31 16.0 2027-11-30
        """
    ),
    "ubuntu": _table(
        """
        4.10 2006-04-30 5.04 2006-10-31 5.10 2007-04-13 6.06 2011-06-01 6.10 2008-04-26 7.04 2008-10-19
        7.10 2009-04-18 8.04 2013-05-09 8.10 2010-04-30 9.04 2010-10-23 9.10 2011-04-30 10.04 2015-04-30
        10.10 2012-04-10 11.04 2012-10-28 11.10 2013-05-09 12.04 2017-04-28 12.10 2014-05-16 13.04 2014-01-27
        13.10 2014-07-17 14.04 2019-04-30 14.10 2015-07-23 15.04 2016-02-04 15.10 2016-07-28 16.04 2021-04-30
        16.10 2017-07-20 17.04 2018-01-13 17.10 2018-07-19 18.04 2023-05-31 18.10 2019-07-18 19.04 2020-01-23
        19.10 2020-07-06 20.04 2025-05-31 20.10 2021-07-22 21.04 2022-01-20 21.10 2022-07-14 22.04 2027-04-30
        22.10 2023-07-20 23.04 2024-01-25 23.10 2024-07-11 24.04 2029-05-31 24.10 2025-07-10 25.04 2026-01-15
        25.10 2026-07-09 26.04 2031-05-31
        """
    ),
}


def end_of_life(family: str, name: str) -> str:
    """The last day of free security support as ``YYYY-MM-DD``; empty when it never ends or is not known.

    ``name`` may be as exact as it likes (``3.19.1``, ``12.8``, ``2 (Karoo)``): the longest known start of it counts.
    """
    ends = _ENDS.get(family, {})
    release = _release(family, name)
    while release and release not in ends:
        release = release.rpartition(".")[0]
    return ends.get(release, "")


def _release(family: str, name: str) -> str:
    """The dotted number of a release, with the oddities of three families."""
    number = next((word for word in name.split() if word[:1].isdigit()), "")
    if family == "amazon" and number.startswith("201"):
        return "1"  # the first generation was numbered by year and month
    if family == "sles" and number.isdigit():
        return f"{number}.0"  # without a service pack, which must not stand in for service packs unknown here
    if family == "alpine" and "_alpha" in number:
        return ""  # a snapshot of edge carries the number of the release to come
    return number
