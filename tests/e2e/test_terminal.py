"""What people see: help, colours, widths, completion, and the ways a terminal may go away."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sekisho import __version__
from sekisho.cli.app import COMMANDS
from tests.e2e.command import CommandLine, Outcome, command, environment, process
from tests.simulators.images import Layout, layer_tar
from tests.simulators.registry import RegistrySimulator, sha256

Scan = Callable[..., Outcome]
ESCAPE = "\x1b["


def test_the_help_names_every_command_and_the_exit_codes(sekisho: CommandLine) -> None:
    helped = sekisho("--help")
    assert (helped.code, helped.err) == (0, "")
    assert re.findall(r"^  (\w+) ", helped.out, re.MULTILINE) == [one.name for one in COMMANDS]
    assert "3 could not decide" in helped.out
    assert sekisho("help").out == sekisho("-h").out == helped.out
    nothing = sekisho()
    assert (nothing.code, nothing.raw, nothing.err) == (2, b"", helped.out)


@pytest.mark.parametrize("name", [word for one in COMMANDS for word in (one.name, *one.aliases)])
def test_every_command_has_help_of_its_own(sekisho: CommandLine, name: str) -> None:
    helped = sekisho(name, "--help")
    assert (helped.code, helped.err) == (0, "")
    assert helped.out.startswith("usage: sekisho ")
    assert sekisho("help", name) == helped


def test_the_help_of_a_command_hides_what_has_no_effect(sekisho: CommandLine) -> None:
    helped = sekisho("help", "image").out
    assert "--severity" in helped and "--vuln-type" in helped
    assert "--db-repository" not in helped and "--vex" not in helped
    assert helped.count("\noptions:") == 1


def test_a_mistyped_command_is_answered_with_the_right_one(sekisho: CommandLine) -> None:
    assert sekisho("imgae") == Outcome(2, b"", "error: no such command: 'imgae'\nhint: did you mean `sekisho image`?\n")
    assert sekisho("help", "imgae") == sekisho("imgae")
    assert sekisho("xyz").err == "error: no such command: 'xyz'\nhint: `sekisho --help` lists the commands\n"


def test_the_version_is_printed(sekisho: CommandLine) -> None:
    assert (
        sekisho("version")
        == sekisho("--version")
        == sekisho("-v")
        == Outcome(0, f"sekisho {__version__}\n".encode(), "")
    )


def test_colour_is_for_people_who_look(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = scan().out
    assert ESCAPE not in plain
    assert ESCAPE in scan(terminal=True).out
    assert ESCAPE in scan("--color", "always").out
    assert ESCAPE not in scan("--color", "never", terminal=True).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert ESCAPE in scan().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert ESCAPE not in scan(terminal=True).out
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.delenv("FORCE_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert ESCAPE not in scan(terminal=True).out


def test_the_words_are_the_same_with_and_without_colour(scan: Scan) -> None:
    def words(outcome: Outcome) -> list[str]:
        text = re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\", "", outcome.out)
        return re.sub(r"scanned in .*", "", text).splitlines()

    assert words(scan("--color", "always")) == words(scan())


def test_files_are_never_coloured(scan: Scan) -> None:
    scan("--color", "always", "-o", "report.txt")
    assert ESCAPE not in Path("report.txt").read_text() and "✗ 3 findings" in Path("report.txt").read_text()


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_the_table_keeps_within_the_terminal(
    scan: Scan, shop: Path, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = scan().out.replace(str(shop), "shop").splitlines()
    too_wide = [line for line in lines if len(line) > columns and len(max(line.split(), key=len)) < columns - 6]
    assert too_wide == []


def test_quiet_leaves_only_the_data(scan: Scan) -> None:
    noisy = scan("-f", "json", "--light", "--scanners", "vuln,secret")
    assert noisy.err.count("\n") == 2
    assert scan("-q", "-f", "json", "--light", "--scanners", "vuln,secret").err == ""


def test_progress_is_shown_on_a_terminal_only_and_wiped(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sekisho.cli.terminal.PROGRESS_AFTER", -1)
    assert scan("-f", "json").err == ""
    shown = scan("-f", "json", terminal=True).err
    assert "\rlayer 1 of 2" in shown and "\rmatching" in shown
    assert re.search(r"\r +\r\Z", shown)
    assert scan("-f", "json", "--no-progress", terminal=True).err == ""
    assert scan("-f", "json", "--quiet", terminal=True).err == ""


def test_completion_scripts_are_understood_by_their_shells(sekisho: CommandLine, tmp_path: Path) -> None:
    for shell in ("bash", "zsh"):
        script = tmp_path / shell
        script.write_bytes(sekisho("completion", shell).raw)
        if shutil.which(shell) is None:
            continue
        checked = subprocess.run([shell, "-n", script], capture_output=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, b"")
    refused = sekisho("completion", "fish")
    assert refused.code == 2 and refused.raw == b"" and "name one shell" in refused.err


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not on PATH")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [("im", "image"), ("image --sev", "--severity"), ("image --skip-d", "--skip-dirs"), ("db --from", "--from")],
)
def test_bash_completes_commands_and_options(sekisho: CommandLine, tmp_path: Path, typed: str, offered: str) -> None:
    script = tmp_path / "sekisho.bash"
    script.write_bytes(sekisho("completion", "bash").raw)
    words = ["sekisho", *typed.split(" ")]
    ask = f'source {script}; COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}; COMP_LINE="{" ".join(words)}"'
    ask += '; COMP_POINT=${#COMP_LINE}; f=$(complete -p sekisho | sed -E "s/.*-F ([^ ]+).*/\\1/")'
    ask += '; $f; printf "%s\\n" "${COMPREPLY[@]}"'
    answered = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=False)
    assert offered in answered.stdout.split(), answered.stderr


def test_a_defect_is_told_as_one_and_is_no_verdict(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("sekisho.pipeline.run", broken)
    monkeypatch.setenv("SEKISHO_DEBUG", "")
    told = scan("--exit-code", "1", defect=True)
    assert (told.code, told.raw) == (70, b"")
    assert told.err.startswith("error: a defect in sekisho itself: ZeroDivisionError: oh\n")
    assert "hint: set SEKISHO_DEBUG=1 for the traceback" in told.err and "Traceback" not in told.err
    assert "Traceback (most recent call last)" in scan("--debug", defect=True).err


def scanning(shop: Path, store: Path, *words: str) -> list[str | Path]:
    return ["image", "--offline", "--db", store, *words, shop]


def test_a_reader_who_leaves_changes_no_verdict(shop: Path, store: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with subprocess.Popen(
        command(*scanning(shop, store, "--exit-code", "9")), stdout=write, stderr=subprocess.PIPE, env=environment()
    ) as running:
        os.close(write)
        _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (9, b"")


def test_head_ends_quietly(shop: Path, store: Path) -> None:
    line = " ".join([*command(*scanning(shop, store, "-f", "json")), "| head -n 1"])
    done = subprocess.run(["sh", "-c", line], env=environment(), capture_output=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == (b"{\n", b"")
    helped = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m sekisho --help | true"], env=environment(), capture_output=True, timeout=60
    )
    assert (helped.returncode, helped.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_standard_output_is_no_pass(shop: Path, store: Path) -> None:
    for words in (scanning(shop, store), ["--help"], ["explain", "CVE-2021-23337", "--offline", "--db", store, shop]):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                command(*words), stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=60, check=False
            )
        assert done.returncode == 3 and done.stderr.startswith(b"error: this machine refuses: No space left"), words
        assert done.stderr.count(b"\n") == 2


def test_closed_streams_are_no_defect(shop: Path, store: Path) -> None:
    words = [str(word) for word in command(*scanning(shop, store, "--exit-code", "9"))]
    for closed in (">&-", "2>&-", "<&- >&- 2>&-"):
        done = subprocess.run(
            ["sh", "-c", f'"$@" {closed}', "sh", *words],
            env=environment(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (9, b""), closed


def test_a_narrow_encoding_loses_no_output(shop: Path, store: Path) -> None:
    for words in (("explain", "CVE-2021-23337", "--offline", "--db", store, shop), ("--help",)):
        done = process(*words, PYTHONIOENCODING="ascii")
        assert (done.returncode, done.stderr) == (0, b"") and done.stdout.isascii()


def test_a_name_that_is_no_text_is_an_error_in_text(sekisho: CommandLine) -> None:
    done = subprocess.run(
        [*map(os.fsencode, command("image", "--offline")), b"./caf\xe9"],
        env=environment(),
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 3
    assert done.stderr.decode() == "error: no such file or directory: ./caf\ufffd\n"


def test_nothing_from_an_image_reaches_the_terminal_as_a_command(
    sekisho: CommandLine, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\r\u202e"
    lodash = json.dumps({"name": "lodash", "version": "4.17.20", "license": evil}).encode()
    layout = Layout(tmp_path / "evil")
    layout.image(
        {
            "etc/os-release": f'ID=debian\nVERSION_ID="12{evil}"\nPRETTY_NAME="{evil}"\n'.encode(),
            f"var/lib/dpkg/status.d/{evil}": b"\xff" * 100,
            f"srv/{evil}/package.json": lodash,
        },
        tag=evil,
    )
    words = ("--offline", "--db", store)
    seen = [
        sekisho("image", *words, "--color", "always", layout.root, terminal=True),
        sekisho("image", *words, "-f", "json", "-o", "report.json", layout.root, terminal=True),
        sekisho("explain", "CVE-2021-23337", *words, layout.root, terminal=True),
        sekisho("image", *words, f"oci:{layout.root}:none", terminal=True),
        sekisho("image", *words, f"./{evil}", terminal=True),
    ]
    assert [one.code for one in seen] == [3, 3, 0, 3, 3]
    for one in seen:
        text = re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;;[ -~]*\x1b\\", "", one.out + one.err)
        assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(text), one


@pytest.mark.parametrize("sent", [-1, 60])
@pytest.mark.parametrize("part", ["manifest", "layer"])
def test_control_c_ends_at_once_with_130(tmp_path: Path, part: str, sent: int) -> None:
    layer = layer_tar({"a": os.urandom(2000)})
    with RegistrySimulator() as registry:
        manifest = registry.add_image("app", "v1", [layer])
        stalled = manifest if part == "manifest" else sha256(gzip.compress(layer, 6, mtime=0))
        registry.stalls[stalled] = sent
        waits_for = "v1" if part == "manifest" else stalled
        words = command("image", "--cache-dir", tmp_path / "cache", f"registry:{registry.host}/app:v1")
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as running:
            deadline = time.monotonic() + 30
            while (
                not any(request.path.endswith(waits_for) for request in registry.requests)
                and time.monotonic() < deadline
            ):
                time.sleep(0.02)
            time.sleep(0.2)
            interrupted = time.monotonic()
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=70)
    assert (running.returncode, out, err) == (130, b"", b"")
    assert time.monotonic() - interrupted < 5
