"""The image configuration in the shape of Go's ``v1.ConfigFile``: known keys only, in its order, empty ones left out.

Source: https://pkg.go.dev/github.com/google/go-containerregistry/pkg/v1#ConfigFile
"""

from __future__ import annotations

from typing import Any

NO_TIME = "0001-01-01T00:00:00Z"
"""Go's zero time, which its encoder writes rather than leaving out."""
_FILE = ("architecture", "author", "container", "created", "docker_version", "history", "os", "rootfs", "config",
         "os.version", "variant", "os.features")  # fmt: skip
_ALWAYS: dict[str, Any] = {"architecture": "", "created": NO_TIME, "os": "", "config": {}}
_NO_CREATION = {"created": NO_TIME}
_HISTORY = ("author", "created", "created_by", "comment", "empty_layer")
_CONFIG = ("AttachStderr", "AttachStdin", "AttachStdout", "Cmd", "Healthcheck", "Domainname", "Entrypoint", "Env",
           "Hostname", "Image", "Labels", "OnBuild", "OpenStdin", "StdinOnce", "Tty", "User", "Volumes", "WorkingDir",
           "ExposedPorts", "ArgsEscaped", "NetworkDisabled", "MacAddress", "StopSignal", "Shell")  # fmt: skip
_MAPS = ("Labels", "Volumes", "ExposedPorts")


def image_config(config: dict[str, Any]) -> dict[str, Any]:
    """Order and trim a configuration; the values stay as the image has them."""
    shaped = _kept(config, _FILE, _ALWAYS)
    shaped["rootfs"] = _rootfs(config.get("rootfs"))
    history = config.get("history")
    if isinstance(history, list) and history:
        shaped["history"] = [_kept(step, _HISTORY, _NO_CREATION) for step in history if isinstance(step, dict)]
    inner = config.get("config")
    shaped["config"] = _runtime(inner) if isinstance(inner, dict) else {}
    return {key: shaped[key] for key in _FILE if key in shaped}


def _kept(given: dict[str, Any], names: tuple[str, ...], always: dict[str, Any]) -> dict[str, Any]:
    held = always | {name: value for name, value in given.items() if value}
    return {name: held[name] for name in names if name in held}


def _rootfs(rootfs: Any) -> dict[str, Any]:
    held = rootfs if isinstance(rootfs, dict) else {}
    return {"type": held.get("type") or "", "diff_ids": held.get("diff_ids")}


def _runtime(config: dict[str, Any]) -> dict[str, Any]:
    shaped = _kept(config, _CONFIG, {})
    for name in _MAPS:
        if isinstance(shaped.get(name), dict):
            shaped[name] = dict(sorted(shaped[name].items()))
    return shaped
