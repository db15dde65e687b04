"""files: written whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def extension(path: Path, formats: tuple[str, ...], what: str) -> str:
    """The extension of a path in small letters, or a ValueError that lists those there are."""
    if path.suffix.lower() not in formats:
        has = f"the extension {path.suffix}" if path.suffix else "no extension"
        known = f"{', '.join(formats[:-1])} or {formats[-1]}"
        raise ValueError(f"{what} is saved as {known}; {path} has {has}")
    return path.suffix.lower()


def write(path: Path, data: bytes) -> None:
    """Write a file beside its place and then move it there, so that no half of it is ever seen.

    Raises
    ------
    OSError
        With the path and what to do.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; give the name of a file in it")
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"there is no folder {path.parent}; make it first, or write elsewhere"
        )
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}.")
    except OSError as error:
        raise _refused(path, error) from None
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # else a crash may leave the new name on an empty file
        draft.chmod(0o666 & ~_umask())  # a temporary file is for its owner alone
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise _refused(path, error) from None
    except BaseException:  # Ctrl-C too
        draft.unlink(missing_ok=True)
        raise


def _refused(path: Path, error: OSError) -> OSError:
    return type(error)(f"{path} cannot be written ({error.strerror}); choose another place")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
