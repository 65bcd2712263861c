from __future__ import annotations

from typing import Any

import pytest

from sekisho.report.image_config import NO_TIME, image_config


def test_keys_come_in_the_order_of_the_type_and_unknown_ones_go() -> None:
    config = {
        "config": {"WorkingDir": "/", "Cmd": ["sh"], "Unknown": 1, "Labels": {"b": "2", "a": "1"}, "Env": []},
        "os": "linux",
        "container_config": {"x": 1},
        "architecture": "amd64",
        "created": "2024-01-01T00:00:00Z",
    }
    shaped = image_config(config)
    assert list(shaped) == ["architecture", "created", "os", "rootfs", "config"]
    assert shaped["config"] == {"Cmd": ["sh"], "Labels": {"a": "1", "b": "2"}, "WorkingDir": "/"}
    assert list(shaped["config"]["Labels"]) == ["a", "b"]


def test_what_go_always_writes_is_there() -> None:
    assert image_config({}) == {
        "architecture": "",
        "created": NO_TIME,
        "os": "",
        "rootfs": {"type": "", "diff_ids": None},
        "config": {},
    }


def test_history_keeps_its_times() -> None:
    shaped = image_config({"history": [{"created_by": "RUN x", "empty_layer": True}, "odd"]})
    assert shaped["history"] == [{"created": NO_TIME, "created_by": "RUN x", "empty_layer": True}]


@pytest.mark.parametrize("odd", [None, 7, "text", ["list"]])
def test_parts_of_the_wrong_kind_are_passed_over(odd: Any) -> None:
    shaped = image_config({"config": odd, "history": odd if isinstance(odd, list) else 7, "rootfs": odd})
    assert shaped["config"] == {}
    assert shaped["rootfs"] == {"type": "", "diff_ids": None}
