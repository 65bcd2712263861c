"""Go programs: the modules they were linked from, and the standard library of their toolchain.

The linker writes the modules down as a flat list, so who needs whom is not known. A replaced module is listed as what
replaced it; one replaced by a directory keeps its name and loses its version, because nobody knows what it contains.

The main module seldom knows its own version. The first answer counts: the version the toolchain stamped, unless that
is a pseudo-version; what the build wrote into a variable with ``-ldflags -X``; where the flags were not recorded
(``-trimpath``), the strings the linker stored for them; a pseudo-version, stamped or made from the commit. Several
values that disagree are no answer. Programs built outside of any module go by the import path of their main package.
Source: https://pkg.go.dev/runtime/debug#BuildInfo, https://go.dev/ref/mod#pseudo-versions
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sekisho.formats.executable import Executable
from sekisho.formats.go_buildinfo import BuildInfo, GoModule, release_version
from sekisho.formats.limits import KIB, MIB
from sekisho.model.package import Package

MAX_CONSTANTS = 512 * MIB
"""Read-only data searched for a version; the largest Terraform provider has 99 MiB."""
FOUND_BY = "gobinary"
_TYPE = "golang"
_DEVEL = "(devel)"
_LOCAL = ("./", "../", "/", ".\\", "..\\")
_PSEUDO = re.compile(r"v\d+\.\d+\.\d+-(?:[\w.-]+\.)?\d{14}-[0-9a-f]{12}(?:\+\w+)?\Z")
_SET = re.compile(r"""(?:^|[\s'"=])--?X[=\s]\s*+(?:'([^']*+)'|"([^"]*+)"|(\S++))""")
_SEMANTIC = re.compile(r"v?(\d+\.\d+(?:\.\d+)?(?:[-+][\w.+-]+)?)\Z")
_STORED = re.compile(rb"\.\d{1,5}\.\d{1,5}(?:[-+][0-9A-Za-z.+-]{1,64})?\0")
_STORED_START = re.compile(rb"\0v?\d{1,5}\Z")
_CONSTANTS = (".rodata", "__rodata", ".rdata")
_WINDOW = 4 * MIB
_OVERLAP = KIB
_TOOLCHAIN_COMMANDS = "cmd/"
_FILES = "command-line-arguments"
_VERSION_VARIABLES = frozenset(("version", "ver"))
_USUAL_PACKAGES = frozenset(("main", "common", "version", "cmd"))
_PLATFORM = ("GOOS", "GOARCH", "CGO_ENABLED")


def go_packages(info: BuildInfo, path: str, program: Executable | None = None) -> Iterator[Package]:
    """The main module, its dependencies, and ``stdlib``; a program of the toolchain itself has only the last."""
    main = info.main or GoModule(_main_path(info))
    if main.path:
        yield _main(info, main, path, program)
    yield Package(
        type=_TYPE,
        name="stdlib",
        version=release_version(info.go_version),
        found_by=FOUND_BY,
        path=path,
        relation="direct",
        facts=_facts(info, {f"build.{key}": info.settings.get(key, "") for key in _PLATFORM}),
    )
    seen = set()
    for dependency in info.deps:
        if dependency.path:
            package = _dependency(dependency, path)
            if package.key not in seen:
                seen.add(package.key)
                yield package


def _main_path(info: BuildInfo) -> str:
    return "" if info.path.startswith(_TOOLCHAIN_COMMANDS) or info.path == _FILES else info.path


def _main(info: BuildInfo, module: GoModule, path: str, program: Executable | None) -> Package:
    version, origin = main_version(info, module, program)
    build = {key if key.startswith("vcs") else f"build.{key}": value for key, value in info.settings.items()}
    return Package(
        type=_TYPE,
        name=module.path,
        version=version,
        found_by=FOUND_BY,
        path=path,
        relation="root",
        checksums=(module.sum,) if module.sum else (),
        facts=_facts(info, {"version.from": origin, **build}),
    )


def _facts(info: BuildInfo, more: dict[str, str]) -> dict[str, str]:
    facts = {"goversion": info.go_version, "main": info.path, **more}
    return {key: value for key, value in facts.items() if value}


def _dependency(module: GoModule, path: str) -> Package:
    used = module.replace or module
    facts = {"replaces": f"{module.path}@{module.version}"} if module.replace else {}
    name, version = used.path, used.version
    if module.replace and (not version or version == _DEVEL or name.startswith(_LOCAL)):
        facts["replaced_by"] = name
        name, version = module.path, ""
    return Package(
        type=_TYPE,
        name=name,
        version="" if version == _DEVEL else version,
        found_by=FOUND_BY,
        path=path,
        checksums=(used.sum,) if used.sum else (),
        facts=facts,
    )


def main_version(info: BuildInfo, module: GoModule, program: Executable | None = None) -> tuple[str, str]:
    """The main module's version and what says so: ``buildinfo``, ``ldflags``, ``linker`` or ``vcs``; else empty."""
    stamped = "" if module.version == _DEVEL else module.version
    if stamped and not _PSEUDO.match(stamped):
        return stamped, "buildinfo"
    flags = info.settings.get("-ldflags")
    if flags is not None:
        written, origin = ldflags_version(flags, module.path), "ldflags"
    else:
        written, origin = stored_version(program) if program else "", "linker"
    if written:
        return written, origin
    if stamped:
        return stamped, "buildinfo"
    commit = _commit_version(info.settings)
    return commit, "vcs" if commit else ""


def ldflags_version(flags: str, module: str) -> str:
    """The version a build wrote into a variable named ``version``, with a leading v; empty when absent or ambiguous.

    Variables below the module's own ``cmd/`` come first, then those of a package called main, common, version or cmd,
    then any other.
    """
    tiers: tuple[set[str], set[str], set[str]] = (set(), set(), set())
    for groups in _SET.findall(flags):
        variable, _, value = "".join(groups).partition("=")
        package, _, name = variable.rpartition(".")
        version = _SEMANTIC.match(value.strip("'\""))
        if version and name.lower() in _VERSION_VARIABLES:
            usual = package.rpartition("/")[2].lower() in _USUAL_PACKAGES
            tier = 0 if variable.startswith(f"{module}/cmd/") else 1 if usual else 2
            tiers[tier].add(f"v{version[1]}")
    best = next((tier for tier in tiers if tier), set())
    return best.pop() if len(best) == 1 else ""


def stored_version(program: Executable) -> str:
    """The only version among the strings that ``-X`` put into the program, with a leading v; else empty.

    Go's own constants lie without separators; those the linker adds end in a NUL, so one that looks like a version and
    stands between two NULs was given on the command line.
    """
    section = program.section(*_CONSTANTS)
    if section is None or section.size > MAX_CONSTANTS:
        return ""
    found = set()
    for at in range(0, section.size, _WINDOW):
        window = program.region.read_up_to(section.offset + at, min(_WINDOW + _OVERLAP, section.size - at))
        for match in _STORED.finditer(window):
            start = _STORED_START.search(window[max(0, match.start() - 8) : match.start()])
            if start:
                found.add((start.group() + match.group()).strip(b"\0").removeprefix(b"v").decode("ascii"))
    return f"v{found.pop()}" if len(found) == 1 else ""


def _commit_version(settings: dict[str, str]) -> str:
    """``v0.0.0-time-commit``, the form that sorts before every release."""
    revision = settings.get("vcs.revision", "")
    digits = re.sub(r"\D", "", settings.get("vcs.time", "")[:19])
    return f"v0.0.0-{digits}-{revision[:12]}" if len(digits) == 14 and len(revision) >= 12 else ""
