from __future__ import annotations

import itertools

import pytest

from sekisho.inventory.os.release import choose_system, extract, read_assignments
from sekisho.inventory.protocol import File
from sekisho.model.inventory import OperatingSystem


def read(path: str, text: str) -> OperatingSystem | None:
    found = list(extract(File(path, text.encode())))
    assert all(isinstance(item, OperatingSystem) for item in found)
    return found[0] if found else None  # type: ignore[return-value]


def system(files: dict[str, str]) -> tuple[str, str] | None:
    """Family and release of an image with these files below ``etc/``, in every order the walk may find them."""
    candidates = [read(f"etc/{name}", text) for name, text in files.items()]
    answers = {choose_system(order) for order in map(list, itertools.permutations(filter(None, candidates)))}
    assert len(answers) == 1
    chosen = answers.pop()
    return (chosen.family, chosen.name) if chosen else None


def os_release(identity: str, version: str = "", more: str = "") -> str:
    return f'ID="{identity}"\n' + (f'VERSION_ID="{version}"\n' if version else "") + more


def test_every_field_of_os_release_is_read() -> None:
    text = (
        'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n'
        'VERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\nCPE_NAME="cpe:/o:debian:debian:12"\n'
    )
    assert read("usr/lib/os-release", text) == OperatingSystem(
        family="debian",
        name="12",
        pretty_name="Debian GNU/Linux 12 (bookworm)",
        id="debian",
        version_id="12",
        codename="bookworm",
        eol="2028-06-30",
        path="usr/lib/os-release",
        cpe="cpe:/o:debian:debian:12",
    )


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=plain", "plain"),
        ('A="two words"', "two words"),
        ("A='single $x'", "single $x"),
        (r'A="say \"hi\" for \$5"', 'say "hi" for $5'),
        ('  A="spaced"  ', "spaced"),
        ('A="', ""),
        ("A=", ""),
    ],
)
def test_values_are_unquoted_as_a_shell_would(line: str, value: str) -> None:
    assert read_assignments(line) == {"A": value}


def test_comments_and_lines_without_assignment_are_passed_over() -> None:
    assert read_assignments("# A=1\nhello\n\nB=2\r\n") == {"B": "2"}


@pytest.mark.parametrize(
    ("identity", "version", "family"),
    [
        ("rhel", "9.4", "redhat"),
        ("almalinux", "9.4", "alma"),
        ("amzn", "2023", "amazon"),
        ("ol", "8.3", "oracle"),
        ("mariner", "2.0", "cbl-mariner"),
        ("azurelinux", "3.0", "azurelinux"),
        ("opensuse", "42.3", "opensuse-leap"),
        ("opensuse-leap", "15.6", "opensuse-leap"),
        ("opensuse-tumbleweed", "20240607", "opensuse-tumbleweed"),
        ("sles", "15.5", "sles"),
        ("sle-micro-rancher", "5.4", "slem"),
        ("wolfi", "20230201", "wolfi"),
        ("chainguard", "20230214", "chainguard"),
        ("somethingnew", "1", "somethingnew"),
    ],
)
def test_families_are_called_as_trivy_calls_them(identity: str, version: str, family: str) -> None:
    assert system({"os-release": os_release(identity, version)}) == (family, version)


def test_centos_stream_is_not_centos() -> None:
    assert system({"os-release": os_release("centos", "9", 'NAME="CentOS Stream"\n')}) == ("centos-stream", "9")
    assert system({"centos-release": "CentOS Stream release 8\n"}) == ("centos-stream", "8")


def test_openshifts_coreos_is_the_red_hat_release_below_it() -> None:
    files = {
        "os-release": os_release("rhcos", "4.12", 'RHEL_VERSION="8.6"\n'),
        "redhat-release": "Red Hat Enterprise Linux CoreOS release 4.12\n",
    }
    assert system(files) == ("redhat", "8.6")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("alpine-release", "3.19.1\n", ("alpine", "3.19.1")),
        ("debian_version", "12.8\n", ("debian", "12.8")),
        ("redhat-release", "Red Hat Enterprise Linux release 8.10 (Ootpa)", ("redhat", "8.10")),
        ("redhat-release", "CentOS release 5.7 (Final)", ("centos", "5.7")),
        ("centos-release", "CentOS Linux release 7.6.1810 (Core) \n", ("centos", "7.6.1810")),
        ("fedora-release", "Fedora release 29 (Twenty Nine)", ("fedora", "29")),
        ("oracle-release", "Oracle Linux Server release 8.0", ("oracle", "8.0")),
        ("rocky-release", "Rocky Linux release 8.4 (Green Obsidian)", ("rocky", "8.4")),
        ("almalinux-release", "AlmaLinux release 8.4 (Electric Cheetah)", ("alma", "8.4")),
        ("system-release", "Amazon Linux release 2 (Karoo)\n", ("amazon", "2 (Karoo)")),
        ("system-release", "Amazon Linux AMI release 2018.03\n", ("amazon", "AMI release 2018.03")),
        ("lsb-release", "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=18.04\n", ("ubuntu", "18.04")),
        ("system-release-cpe", "cpe:/o:centos:linux:6:GA\n", ("centos", "6")),
    ],
)
def test_one_old_file_is_enough(name: str, text: str, expected: tuple[str, str]) -> None:
    assert system({name: text}) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("os-release", ""),
        ("os-release", "NAME=x\n"),
        ("os-release", 'NAME="Red Hat Enterprise Linux"\nID_LIKE=fedora\nVERSION_ID=8.1\n'),
        ("redhat-release", "Some House release 1.0\n"),
        ("redhat-release", "hello"),
        ("debian_version", "\n"),
        ("alpine-release", ""),
        ("lsb-release", "LSB_VERSION=1.4"),
        ("system-release-cpe", "cpe:/o:centos:6:GA"),
    ],
)
def test_a_file_that_names_no_distribution_is_no_candidate(name: str, text: str) -> None:
    assert system({name: text}) is None


def test_the_more_exact_release_wins() -> None:
    assert system({"os-release": os_release("debian", "12"), "debian_version": "12.8\n"}) == ("debian", "12.8")
    assert system({"os-release": os_release("debian"), "debian_version": "10.8\n"}) == ("debian", "10.8")
    amazon = {"os-release": os_release("amzn", "2"), "system-release": "Amazon Linux release 2 (Karoo)"}
    assert system(amazon) == ("amazon", "2 (Karoo)")
    centos = {
        "os-release": os_release("centos", "7"),
        "centos-release": "CentOS Linux release 7.6.1810 (Core)",
        "redhat-release": "CentOS Linux release 7.6.1810 (Core)",
    }
    assert system(centos) == ("centos", "7.6.1810")


def test_alpines_own_file_wins_over_os_release() -> None:
    files = {"os-release": os_release("alpine", "3.19"), "alpine-release": "3.20.0_alpha20231219\n"}
    assert system(files) == ("alpine", "3.20.0_alpha20231219")


def test_a_release_that_contradicts_os_release_is_not_believed() -> None:
    assert system({"os-release": os_release("debian", "12"), "debian_version": "trixie/sid"}) == ("debian", "12")
    assert system({"os-release": os_release("debian", "1"), "debian_version": "12.8"}) == ("debian", "1")


def test_compatibility_files_do_not_change_the_family() -> None:
    oracle = {
        "os-release": os_release("ol", "8.3"),
        "redhat-release": "Red Hat Enterprise Linux release 8.3 (Ootpa)",
        "oracle-release": "Oracle Linux Server release 8.3",
    }
    assert system(oracle) == ("oracle", "8.3")
    assert system({"os-release": os_release("ubuntu", "22.04"), "debian_version": "bookworm/sid"}) == (
        "ubuntu",
        "22.04",
    )
    lsb = "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\n"
    assert system({"lsb-release": lsb, "debian_version": "jessie/sid"}) == ("ubuntu", "14.04")


def test_os_release_in_etc_wins_over_the_one_in_usr_lib() -> None:
    candidates = [
        read("usr/lib/os-release", os_release("debian", "12")),
        read("etc/os-release", os_release("house", "3")),
    ]
    chosen = choose_system(filter(None, candidates))
    assert chosen is not None
    assert (chosen.family, chosen.path) == ("house", "etc/os-release")


def test_the_end_of_support_follows_the_release_that_was_chosen() -> None:
    candidates = [read("etc/os-release", os_release("debian")), read("etc/debian_version", "11.3\n")]
    chosen = choose_system(filter(None, candidates))
    assert chosen is not None
    assert chosen.eol == "2026-08-31"


def test_the_vendors_own_end_of_support_fills_in_for_releases_unknown_here() -> None:
    for day, wanted in (("2031-02-03", "2031-02-03"), ("soon", "")):
        found = read("etc/os-release", os_release("fedora", "99", f"SUPPORT_END={day}\n"))
        assert found is not None
        assert found.eol == wanted


def test_without_candidates_there_is_no_system() -> None:
    assert choose_system([]) is None
