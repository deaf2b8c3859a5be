"""The keys of a record: they live outside the output folder, and remember what they signed.

    <name>.key      the signing key, as a signed-note private key
    <name>.secret   64 hex digits: what the nonces of the leaves are made from
    <name>.signed   the newest checkpoint that the key signed
    <name>.<8 hex digits>.fork   two checkpoints that do not go together, where that was found (`tlog.forks`)

`<name>` is the log's origin with everything quoted that could be a path. The files are for their owner
alone. `.signed` lies here and not in the folder so that restoring an old folder is noticed: whoever
restores a backup of the folder does not restore the memory of the key.
"""

import os
import secrets
import stat
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from truceline.errors import RecordError
from truceline.model import Problem
from truceline.tlog.errors import Unsafe
from truceline.tlog.forks import format_pair
from truceline.tlog.notes import Signer


@dataclass(frozen=True, slots=True)
class Keys:
    """The key and the secret of one log. `created` tells that they were made just now."""

    origin: str
    signer: Signer
    secret: bytes = field(repr=False)
    folder: Path
    created: bool = False

    @property
    def signed_file(self) -> Path:
        """Where the newest checkpoint stands that the key signed."""
        return self.folder / f"{file_name(self.origin)}.signed"

    def read_signed(self) -> str | None:
        """Return the newest checkpoint that the key signed, None before the first."""
        path = self.signed_file
        return _read_private(path).decode("utf-8", "replace") if path.exists() else None

    def write_signed(self, note: str) -> None:
        """Remember a checkpoint, durably, before anybody else sees it."""
        part = self.signed_file.with_suffix(".part")
        part.unlink(missing_ok=True)
        _write_new(part, note.encode())
        part.replace(self.signed_file)
        _sync_folder(self.folder)

    def keep_pair(self, message: str, first: str, second: str) -> Path | None:
        """Keep two notes that do not go together as one file, and return it; None where it cannot be written."""
        named = sha256(f"{first}\n{second}".encode()).hexdigest()[:8]
        path = self.folder / f"{file_name(self.origin)}.{named}.fork"
        try:
            if not path.exists():
                _write_new(path, format_pair(message, first, second).encode())
        except (OSError, Unsafe):
            return None
        return path


def keys_folder() -> Path:
    """Return the folder of keys: $TRUCELINE_KEYS, else truceline/keys in the user's configuration."""
    named = os.environ.get("TRUCELINE_KEYS")
    if named:
        return Path(named)
    config = os.environ.get("XDG_CONFIG_HOME")
    return (Path(config) if config else Path.home() / ".config") / "truceline" / "keys"


def file_name(origin: str) -> str:
    """Return the name under which the keys of a log are kept: one file name, whatever the origin holds."""
    return quote(origin, safe="")


def load_keys(folder: Path, origin: str, out: Path) -> Keys:
    """Return the keys of a log that exists; raises RecordError where they are not here, or not private."""
    _check_folder(folder, out)
    key, secret = _paths(folder, origin)
    for path in (key, secret):
        if not path.exists():
            raise _problem(
                path,
                "a key of this record is missing",
                "the file that was made with the record",
                "none",
                "restore the folder of keys, or name it with TRUCELINE_KEYS",
            )
    return Keys(origin, _parse_signer(key), _parse_secret(secret), folder)


def make_keys(folder: Path, origin: str, out: Path) -> Keys:
    """Make the keys of a new log, and return them.

    A key that exists belongs to another folder's log, and one key signs one log: the new log then gets the
    next free name, `origin/2`, `origin/3`, so that everybody can see that there were others.
    """
    _check_folder(folder, out)
    number = 1
    while _paths(folder, name := origin if number == 1 else f"{origin}/{number}")[0].exists():
        number += 1
    key, secret = _paths(folder, name)
    signer, hidden = Signer.generate(name), secrets.token_bytes(32)
    try:
        secret.unlink(missing_ok=True)  # left by a start that was cut short: without its key it hid nothing
        _write_new(secret, hidden.hex().encode() + b"\n")
        _write_new(key, signer.encoded.encode() + b"\n")
        _sync_folder(folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return Keys(name, signer, hidden, folder, created=True)


def _paths(folder: Path, origin: str) -> tuple[Path, Path]:
    name = file_name(origin)
    return folder / f"{name}.key", folder / f"{name}.secret"


def _check_folder(folder: Path, out: Path) -> None:
    """Make the folder where it is missing; raise RecordError where keys would not be safe in it."""
    here, there = folder.resolve(), out.resolve()
    if here == there or there in here.parents:
        raise _problem(
            folder,
            "the folder of keys lies in the output folder",
            "a folder that is not given away with the output",
            str(here),
            "name another one with TRUCELINE_KEYS",
        )
    try:
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(None, "a file of that name")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = folder.stat().st_mode
    except OSError as error:
        raise _unwritable(folder, error) from error
    if not stat.S_ISDIR(mode) or not os.access(folder, os.W_OK | os.X_OK):
        raise _problem(
            folder,
            "the folder of keys cannot be written",
            "a folder of yours that can be written",
            stat.filemode(mode),
            "correct its rights, or name another one with TRUCELINE_KEYS",
        )
    _check_private(folder, mode)


def _check_private(path: Path, mode: int) -> None:
    if os.name == "posix" and mode & 0o077:
        wanted = "0700" if stat.S_ISDIR(mode) else "0600"
        raise _problem(
            path,
            "others can read the keys",
            f"rights for the owner alone ({wanted})",
            f"{mode & 0o777:04o}",
            f"chmod {wanted} {path}, and make new keys if somebody may have read them",
        )


def _write_new(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        _flush(stream.fileno(), path)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        _flush(handle, folder)
    finally:
        os.close(handle)


def _flush(handle: int, path: Path) -> None:
    try:
        os.fsync(handle)
    except OSError as error:
        raise Unsafe(f"{path.name}: could not be flushed: {error.strerror}; open the record anew") from error


def _read_private(path: Path) -> bytes:
    try:
        # O_NONBLOCK: a pipe in place of a key must not hold the reader for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise OSError(None, "no plain file")
            _check_private(path, mode)
            return stream.read(1 << 16)
    except OSError as error:
        raise _problem(
            path, "a key cannot be read", "a file that can be read", error.strerror or str(error), "correct that"
        ) from error


def _parse_signer(path: Path) -> Signer:
    try:
        return Signer.parse(_read_private(path).decode("utf-8").strip())
    except ValueError as error:
        raise _problem(
            path, "the key cannot be used", "a signed-note private key", "something else", "restore it"
        ) from error


def _parse_secret(path: Path) -> bytes:
    try:
        secret = bytes.fromhex(_read_private(path).decode("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise _problem(path, "the secret cannot be used", "64 hex digits", "something else", "restore it")
    return secret


def _unwritable(folder: Path, error: OSError) -> RecordError:
    return _problem(
        folder,
        "the keys cannot be made",
        "a folder of yours that can be written",
        error.strerror or str(error),
        "correct its rights, or name another one with TRUCELINE_KEYS",
    )


def _problem(path: Path, what: str, expected: str, found: str, do: str) -> RecordError:
    return RecordError([Problem(str(path), 0, what, expected, found, do)])
