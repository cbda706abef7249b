"""Files that other processes may touch: only regular ones are read, and they are written whole, and locked."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any, BinaryIO

SIZE_LIMIT = 1_000_000
"""The most bytes of a file and characters of a text that are read."""

PATIENCE = 5.0
"""Seconds to wait for another process that writes the same file."""

NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL)
"""What a file system answers that knows no locks."""


def is_special(path: str | os.PathLike[str]) -> bool:
    """Return whether something other than a regular file stands there, such as a folder, a pipe or a device."""
    try:
        return special(os.stat(path).st_mode) is not None
    except FileNotFoundError:
        return False


STREAMS = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
"""Where names of what a shell opened begin, as in `cnncalc show <(generate)`: such a pipe has a process that writes."""


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file for reading; raises OSError, also for a folder, a pipe or a device, which may never end."""
    is_stream = os.fspath(path).startswith(STREAMS)
    waiting = 0 if is_stream else getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, os.O_RDONLY | waiting | getattr(os, "O_BINARY", 0))
    try:
        if not is_stream and (reason := special(os.fstat(handle).st_mode)):
            raise OSError(errno.EISDIR if reason == FOLDER else errno.EINVAL, reason)
        return open(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_regular(path: str | os.PathLike[str], most: int) -> bytes:
    """Return at most `most` bytes of a file; raises OSError as `open_regular` does."""
    with open_regular(path) as stream:
        return stream.read(most)


FOLDER = "it is a folder"


def special(mode: int) -> str | None:
    """Say what stands in the place of a regular file; None where one does."""
    if stat.S_ISDIR(mode):
        return FOLDER
    return None if stat.S_ISREG(mode) else "it is a pipe or a device, and no regular file"


def reason_of(error: Exception) -> str:
    """Say why a file cannot be read or written."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def put(path: str | os.PathLike[str], data: bytes, *, before: bytes | None = None, sync: bool = True) -> None:
    """Write a file whole, or into a device; raises OSError.

    With `before`, what the file had when it was read, a file that was changed since is left as it is.
    """
    if before is None and is_special(path):
        _put_into_device(path, data)
        return
    with draft(path, sync=sync) as new:
        new.write_bytes(data)
        if before is not None and (now := Path(path).read_bytes()) != before and now != data:
            raise OSError(errno.EAGAIN, "another program has changed it meanwhile, run the command again")


def _put_into_device(path: str | os.PathLike[str], data: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "it is a pipe that no process reads") from None
        raise
    with open(handle, "wb") as device:
        if hasattr(os, "set_blocking"):
            os.set_blocking(handle, True)
        device.write(data)


@contextmanager
def draft(path: str | os.PathLike[str], *, sync: bool = True) -> Iterator[Path]:
    """Yield the name of a file that takes the place of `path` once it is written and on the disk; raises OSError.

    What stood there stays until then, and its permissions after. A link stays one. Only one process at a time has the
    draft; what a killed one left is removed.
    """
    target = os.path.realpath(path)
    if os.path.islink(target):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if is_special(target):
        raise OSError(errno.EINVAL, special(os.stat(target).st_mode))
    handle, name = _exclusive(target)
    try:
        if os.path.exists(target):
            os.chmod(name, stat.S_IMODE(os.stat(target).st_mode))
        yield Path(name)
        if sync:
            os.fsync(handle)
        if os.name == "nt":  # where an open file cannot be renamed
            os.close(handle)
            handle = -1
        os.replace(name, target)
        if sync:
            _sync_folder(os.path.dirname(target))
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    finally:
        if handle >= 0:
            os.close(handle)


def draft_name(path: str) -> str:
    """Return what the draft of a file is called."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}.draft")


def _exclusive(target: str) -> tuple[int, str]:
    """Create the draft of a file, and lock it; raises BlockingIOError while another process has it for long."""
    name, until = draft_name(target), time.monotonic() + PATIENCE
    while True:
        with suppress(FileExistsError):
            handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
            locked = _lock(handle)
            if locked and _is_at(handle, name):
                return handle, name
            os.close(handle)
            if locked is None:  # no locks here: a name that no other process has
                os.unlink(name)
                return _of_process(target)
        if not _remove_left(name):
            if time.monotonic() > until:
                raise BlockingIOError(errno.EAGAIN, "another run of cnncalc is writing it")
            time.sleep(0.01)


def _of_process(target: str) -> tuple[int, str]:
    name = draft_name(f"{target}.{os.getpid()}")
    with suppress(FileNotFoundError):
        os.unlink(name)
    return os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666), name


def _remove_left(name: str) -> bool:
    """Remove a draft that no process has; return whether it is gone."""
    try:
        if not stat.S_ISREG(os.lstat(name).st_mode):
            os.unlink(name)
            return True
        handle = os.open(name, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return True
    try:
        if _lock(handle) is False:
            return False
        if _is_at(handle, name):
            os.unlink(name)
        return True
    finally:
        os.close(handle)


def _is_at(handle: int, name: str) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.lstat(name))
    except FileNotFoundError:
        return False


def _lock(handle: int) -> bool | None:
    """Lock an open file; False while another process has it, None where there are no locks."""
    try:
        fcntl: Any = import_module("fcntl")
    except ImportError:  # Windows
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        return None
    return True


def held(path: Path, make: Callable[[Path], IO[bytes]] = lambda path: path.open("a+b")) -> IO[bytes]:
    """Open a file that stays this process's as long as it is open, however it ends.

    Raises BlockingIOError while another process has it. Where a file system has no locks, nobody is kept out.
    """
    while True:
        file = make(path)
        if _lock(file.fileno()) is False:
            file.close()
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        if _is_at(file.fileno(), str(path)):
            return file
        file.close()  # the run before replaced or removed it meanwhile


def _sync_folder(folder: str) -> None:
    """Bring a rename to the disk, where a folder can be opened for that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with suppress(OSError):  # the file itself is on the disk; some file systems refuse this for folders
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
