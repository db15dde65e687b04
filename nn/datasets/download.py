"""Files of data sets: found or downloaded, and always checked."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import os
import re
import sys
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from autograd.files import write

_BLOCK = 1 << 16
_ROOM = 1 << 20  # by how much an answer may be longer than the original
_ATTEMPTS = 20  # at one place, where connections break but each brings something


def unzipped(content: bytes, size: int) -> bytes:
    """Decompressed bytes where these are gzip's, and otherwise the bytes themselves.

    Not much more than ``size`` is ever made: a small archive can hold terabytes.
    """
    if content[:2] != b"\x1f\x8b":
        return content
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        return file.read(size + 1)


def as_it_is(content: bytes, size: int) -> bytes:
    """The bytes themselves."""
    return content


class File(NamedTuple):
    """A file of a data set, known by its checksum."""

    name: str  # as it is stored and downloaded
    owner: str  # "MNIST"
    sha256: str  # of what ``read`` gives
    size: int  # of that, in bytes
    read: Callable[[bytes, int], bytes] = unzipped
    others: tuple[str, ...] = ()  # names that it may be found under too

    def checked(self, content: bytes, where: str) -> bytes:
        """What ``read`` gives, if it is the original."""
        try:
            found = self.read(content, self.size)
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise ValueError(
                f"{where} is damaged ({error}); delete it, and it is fetched anew"
            ) from None
        if hashlib.sha256(found).hexdigest() != self.sha256:
            raise ValueError(
                f"{where} is not {self.owner}'s {self.name}: it has {len(found):,} bytes of other "
                f"content (expected {self.size:,} with SHA-256 {self.sha256[:16]}…); delete it, "
                f"and it is fetched anew"
            )
        return found


def cache_folder() -> Path:
    """Where downloads are kept: the user's cache by the custom of the platform."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "chainrule"


def original(file: File, folder: str, urls: Sequence[str], *, loose: bool = True) -> bytes:
    """What a file holds, found or downloaded, and checked.

    Parameters
    ----------
    file : File
    folder : str
        Where it is looked for within ``AUTOGRAD_DATA`` and the cache, and kept.
    urls : sequence of str
        Where it can be downloaded from, tried in turn.
    loose : bool
        Whether it may lie in ``AUTOGRAD_DATA`` itself too.
    """
    kept = cache_folder() / folder
    places = [kept]
    if named := os.environ.get("AUTOGRAD_DATA"):
        places = [*([Path(named)] if loose else []), Path(named) / folder, kept]
    for place in places:
        for name in (file.name, *file.others):
            path = place / name
            if path.is_file():
                return file.checked(path.read_bytes(), str(path))
    return download(file, kept / file.name, urls)


def download(file: File, target: Path, urls: Sequence[str]) -> bytes:
    """Fetch a file from the first place that has the original, and keep it whole or not at all.

    What was received before a connection broke stays in ``target``.part, and the next attempt goes
    on from there, in this call or a later one.
    """
    part = target.with_name(f"{target.name}.part")
    failures = []
    for url in urls:
        try:
            content = _fetched(file, url, part)
        except (OSError, ValueError, http.client.HTTPException) as error:
            failures.append(f"  {url}: {error or type(error).__name__}")
            continue
        write(target, content)
        part.unlink(missing_ok=True)
        return file.checked(content, url)
    kept = ""
    if part.is_file():
        kept = f"\n{part.stat().st_size:,} bytes are kept in {part}, and the next attempt goes on"
    raise OSError(
        f"{file.name} could not be downloaded:\n" + "\n".join(failures) + f"{kept}\nPut "
        f"{file.name} into {target.parent}, or name a folder that has it in the variable "
        f"AUTOGRAD_DATA"
    )


def _fetched(file: File, url: str, part: Path) -> bytes:
    """The bytes behind a URL, checked; attempts are repeated as long as the part grows."""
    restarted = False
    for _ in range(_ATTEMPTS):
        before = _size(part)
        try:
            _receive(file, url, part)
        except (OSError, http.client.HTTPException):
            if _size(part) > before:
                continue
            raise
        content = part.read_bytes()
        try:
            file.checked(content, url)
        except ValueError:
            part.unlink()
            if before and not restarted:  # it may have begun with bytes of another file
                restarted = True
                continue
            raise
        return content
    raise OSError(f"the connection broke {_ATTEMPTS} times")


def _receive(file: File, url: str, part: Path) -> None:
    """Fetch what the part lacks, or all of it where the server cannot give the rest only."""
    have = _size(part)
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        error.close()
        if have and error.code == 416:  # there is nothing after what we have: the check decides
            return
        raise
    with response:
        start = re.match(rf"bytes {have}-", response.headers.get("Content-Range") or "")
        if response.status != 206 or not start:
            have = 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else None
        part.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "r+b" if have else "wb") as out, _bar(file.name, have, total) as bar:
            out.seek(have)
            while block := response.read1(_BLOCK):
                out.write(block)
                have += len(block)
                bar.update(len(block))
                if have > file.size + _ROOM:
                    return  # the check refuses it
    if total and have < total:
        raise OSError(f"the connection ended after {have:,} of {total:,} bytes")


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _bar(name: str, have: int, total: int | None) -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _PlainBar(name, have, total)
    title = f"downloading {name}"
    return tqdm(desc=title, initial=have, total=total, unit="B", unit_scale=True, unit_divisor=1024)


class _PlainBar:
    """Where tqdm is not installed: one line that counts."""

    def __init__(self, name: str, have: int, total: int | None) -> None:
        self.name, self.have, self.total = name, have, total

    def __enter__(self) -> _PlainBar:
        return self

    def update(self, received: int) -> None:
        self.have += received
        share = f"{self.have / self.total:4.0%}" if self.total else f"{self.have:,} bytes"
        print(f"\rdownloading {self.name} {share}", end="", file=sys.stderr)

    def __exit__(self, *error: object) -> None:
        print(file=sys.stderr)
