"""Carrying a store across an air gap: one tar with a description and the store itself, verified on the other side.

``sekisho-db.json`` comes first and says schema, build time, size and SHA-256 of ``advisories.db``; a name ending in
``.zst`` makes it a zstd-compressed tar. Importing checks every one of these, and the store's own structure, before it
takes the place of what is there; an older one than that is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec

from sekisho.advisories.build import discard, install
from sekisho.advisories.feeds.timestamps import instant
from sekisho.advisories.location import SCHEMA, store_path
from sekisho.advisories.lock import writing
from sekisho.advisories.packing import zstd
from sekisho.advisories.schema import check, open_reader
from sekisho.advisories.store import Store
from sekisho.errors import AdvisoryError, NotFound
from sekisho.formats.limits import CHUNK, GIB, MIB

if TYPE_CHECKING:
    from tarfile import TarFile

MAX_STORE = 16 * GIB
"""A store of everything OSV has is near 1 GiB."""
MAX_DESCRIPTION = MIB
DESCRIPTION, STORE = "sekisho-db.json", "advisories.db"
_LEVEL = 12
PATIENCE = 60.0
"""Seconds to wait for an update of the same store."""


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """What the description says."""

    format: str
    schema: int
    built_at: str
    digest: str
    sha256: str
    size: int
    starter: bool = False
    sources: tuple[str, ...] = ()
    restricted: tuple[str, ...] = ()
    """Sources whose terms forbid handing them on."""


FORMAT = "sekisho-db-v1"
_DECODER = msgspec.json.Decoder(Carried)


def export_store(directory: Path, destination: Path) -> Carried:
    """Write the store of ``directory`` to a tar; raises AdvisoryError when there is none or it cannot be written."""
    import tarfile
    from io import BytesIO

    path = store_path(directory)
    with Store.open(path) as store:
        carried = _describe(store, path)
    temporary = destination.with_name(f"{destination.name}.new")
    text = msgspec.json.format(msgspec.json.encode(carried), indent=1)
    try:
        with _opened(temporary, "wb", destination.suffix) as stream, tarfile.open(fileobj=stream, mode="w|") as tar:
            _add(tar, DESCRIPTION, BytesIO(text), len(text))
            with path.open("rb") as body:
                _add(tar, STORE, body, carried.size)
        install(temporary, destination)
    except OSError as error:
        raise AdvisoryError(f"{destination} cannot be written", detail=str(error)) from None
    finally:
        discard(temporary)
    return carried


def import_store(directory: Path, archive: Path, *, force: bool = False) -> Carried:
    """Take the store out of a tar that :func:`export_store` wrote and put it in ``directory``'s place for it.

    Raises AdvisoryError when anything about it is not as described, or when it is older than what is there (unless
    ``force``); then nothing has changed.
    """
    if not archive.is_file():
        raise NotFound(f"there is no {archive}")
    path = store_path(directory)
    temporary = path.with_name(f"{path.name}.import")
    with writing(directory, PATIENCE):
        try:
            carried = _unpack(archive, temporary)
            _verify(temporary, archive)
            if not force:
                _refuse_older(path, carried)
            install(temporary, path)
        except OSError as error:
            raise AdvisoryError(f"the store in {archive} cannot be taken over", detail=str(error)) from None
        finally:
            discard(temporary)
    return carried


def _describe(store: Store, path: Path) -> Carried:
    digest = hashlib.sha256()
    with path.open("rb") as body:
        while chunk := body.read(CHUNK):
            digest.update(chunk)
    info, status = store.info(), store.status()
    return Carried(
        format=FORMAT,
        schema=SCHEMA,
        built_at=info.built_at,
        digest=info.digest,
        sha256=digest.hexdigest(),
        size=path.stat().st_size,
        starter=info.starter,
        sources=info.sources,
        restricted=tuple(one.name for one in status if not one.redistributable),
    )


def _add(tar: TarFile, name: str, body: IO[bytes], size: int) -> None:
    """One member without anything that differs from run to run."""
    from tarfile import TarInfo

    member = TarInfo(name)
    member.size, member.mode = size, 0o644
    tar.addfile(member, body)


@contextmanager
def _opened(path: Path, mode: str, suffix: str) -> Iterator[Any]:
    if suffix not in {".zst", ".zstd"}:
        with path.open(mode) as stream:
            yield stream
    elif mode == "wb":
        with zstd().ZstdFile(path, mode, level=_LEVEL) as stream:
            yield stream
    else:
        with zstd().ZstdFile(path, mode) as stream:
            yield stream


def _unpack(archive: Path, temporary: Path) -> Carried:
    """Description and store, in this order, the second one checked against the first while it is written."""
    import tarfile

    with archive.open("rb") as raw:
        suffix = ".zst" if raw.read(4) == b"\x28\xb5\x2f\xfd" else ""
    try:
        with _opened(archive, "rb", suffix) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            carried = _description(_member(tar, DESCRIPTION, MAX_DESCRIPTION).read(), archive)
            body = _member(tar, STORE, MAX_STORE)
            sha256 = _copy(body, temporary, carried.size)
    except (tarfile.TarError, zstd().ZstdError, EOFError) as error:
        raise AdvisoryError(f"{archive} is not an exported store", detail=str(error)) from None
    if sha256 != carried.sha256:
        raise AdvisoryError(f"the store in {archive} is not the one its description promises", hint=_AGAIN)
    return carried


_AGAIN = "copy the file again, or export it again"


def _member(tar: TarFile, name: str, limit: int) -> IO[bytes]:
    member = tar.next()
    body = tar.extractfile(member) if member is not None and member.isreg() else None
    if member is None or body is None or member.name != name or member.size > limit:
        raise AdvisoryError(f"not an exported store: {name} is missing or too large", hint=_AGAIN)
    return body


def _description(text: bytes, archive: Path) -> Carried:
    try:
        carried = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AdvisoryError(f"the description in {archive} cannot be read", detail=str(error)) from None
    if carried.format != FORMAT or carried.schema != SCHEMA:
        raise AdvisoryError(
            f"{archive} holds a store of schema {carried.schema}, this version reads {SCHEMA}",
            hint="use the same version of sekisho on both sides",
        )
    return carried


def _copy(body: IO[bytes], temporary: Path, size: int) -> str:
    digest, left = hashlib.sha256(), size
    with temporary.open("wb") as out:
        while left > 0 and (chunk := body.read(min(CHUNK, left))):
            digest.update(chunk)
            out.write(chunk)
            left -= len(chunk)
    return digest.hexdigest()


def _verify(path: Path, archive: Path) -> None:
    connection = open_reader(path)
    try:
        check(connection)
    finally:
        connection.close()
    try:
        Store.open(path).close()
    except AdvisoryError as error:
        raise AdvisoryError(f"the store in {archive} is damaged", detail=error.detail, hint=_AGAIN) from None


def _refuse_older(path: Path, carried: Carried) -> None:
    try:
        with Store.open(path) as store:
            current, starter = instant(store.built_at), store.starter
    except AdvisoryError:
        return
    incoming = instant(carried.built_at)
    if starter and not carried.starter:
        return
    if incoming is None or (current is not None and incoming < current):
        raise AdvisoryError(
            f"the store to import was built at {carried.built_at or 'an unknown time'}, before the one that is there",
            hint="to go back on purpose: sekisho db import --force",
        )
