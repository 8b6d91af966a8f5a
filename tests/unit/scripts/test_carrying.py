"""scripts/carrying.py: what is put into the tar comes out of it, and nothing else does."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def carrying() -> Any:
    import carrying

    return carrying


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def test_images_and_wheels_come_out_as_they_went_in(carrying: Any, tmp_path: Path) -> None:
    images = put(tmp_path / "from" / "saved", b"images" * 1000)
    wheels = [put(tmp_path / "from" / f"{name}-1-py3-none-any.whl", name.encode()) for name in ("flask", "moto")]
    carrying.pack(tmp_path / "sandbox.tar", images, wheels)
    there = tmp_path / "to"
    there.mkdir()
    assert carrying.unpack(tmp_path / "sandbox.tar", there, there / "images") == 2
    assert (there / "images").read_bytes() == images.read_bytes()
    assert [(there / wheel.name).read_bytes() for wheel in wheels] == [b"flask", b"moto"]


@pytest.mark.parametrize("name", ["wheels/../../evil.whl", "/etc/evil", "wheels/evil.sh", "other.tar"])
def test_a_tar_of_somebody_else_writes_nothing(carrying: Any, tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "other.tar", "w") as archive:
        member = tarfile.TarInfo(name)
        member.size = 4
        archive.addfile(member, io.BytesIO(b"evil"))
    there = tmp_path / "deep" / "to"
    there.mkdir(parents=True)
    with pytest.raises(carrying.Failed, match="it is not what scripts/offline save writes"):
        carrying.unpack(tmp_path / "other.tar", there, there / "images")
    assert list(there.iterdir()) == []


def test_what_is_no_tar_is_said(carrying: Any, tmp_path: Path) -> None:
    put(tmp_path / "file", b"no tar")
    with pytest.raises(carrying.Failed, match="cannot be read"):
        carrying.unpack(tmp_path / "file", tmp_path, tmp_path / "images")


def test_a_program_that_is_not_there_is_named(carrying: Any) -> None:
    with pytest.raises(carrying.Failed, match="no-such-program is not installed"):
        carrying.run("no-such-program")
