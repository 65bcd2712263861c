"""The operating system and architecture an image is built for.

Source: https://github.com/opencontainers/image-spec/blob/main/image-index.md (platform object) and containerd's
normalisation of the names people type (x86_64 → amd64, aarch64 → arm64/v8).
"""

from __future__ import annotations

import msgspec

from sekisho.errors import UsageError

_ARCHITECTURES = {
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "i386": ("386", ""),
    "i686": ("386", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
}
_IMPLIED_VARIANT = {"arm": "v7"}


class Platform(msgspec.Struct, frozen=True):
    """``os/architecture[/variant]`` in the words of Go's GOOS and GOARCH."""

    os: str = "linux"
    architecture: str = "amd64"
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    def accepts(self, offered: Platform) -> bool:
        """Say whether an image built for ``offered`` serves this wish; a variant not asked for may be any."""
        if (self.os, self.architecture) != (offered.os, offered.architecture):
            return False
        if not self.variant or self.variant == offered.variant:
            return True
        return self.architecture == "arm64" and {self.variant, offered.variant} == {"", "v8"}


def parse_platform(text: str) -> Platform:
    """Read ``linux/amd64``, ``linux/arm/v7`` or a bare architecture; raise UsageError when it is none of these."""
    parts = text.strip().lower().split("/")
    if len(parts) == 1:
        parts = ["linux", *parts]
    if len(parts) > 3 or not all(parts):
        raise UsageError(f"not a platform: {text!r}", hint="write it as os/architecture, e.g. linux/arm64")
    architecture, variant = _ARCHITECTURES.get(parts[1], (parts[1], ""))
    if len(parts) == 3:
        variant = parts[2]
    return Platform(parts[0], architecture, variant or _IMPLIED_VARIANT.get(architecture, ""))
