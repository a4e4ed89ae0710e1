"""Files of a bundle: in a folder, or over HTTP with a cache by SHA-256."""

import hashlib
import io
import os
import re
import tempfile
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import quote

# Larger files are read in parts.
WHOLE_BYTES = 4 * 2**20
BLOCK_BYTES = 256 * 1024
TIMEOUT_S = 60
MAX_INDEX_BYTES = 50 * 2**20
MAX_FILE_BYTES = 4 * 2**30
PATH = r"\w[\w-]*(\.\w+)*(/\w[\w-]*(\.\w+)*)*"


class InvalidBundle(Exception):
    """The files are not those of a bundle, or differ from its manifest."""


@dataclass(frozen=True)
class File:
    """A file of the manifest: path, size in bytes, and SHA-256 in hexadecimal digits."""

    path: str
    bytes: int
    sha256: str

    def __post_init__(self) -> None:
        """Refuse what could name a file elsewhere: a manifest is input from others. Raises InvalidBundle."""
        is_size = isinstance(self.bytes, int) and self.bytes >= 0
        if not (re.fullmatch(PATH, str(self.path)) and is_size and re.fullmatch("[0-9a-f]{64}", str(self.sha256))):
            raise InvalidBundle(f"manifest.json: expected path, bytes and sha256 of a file, found {self!r}")


class Storage(Protocol):
    """Where the files of a bundle are."""

    def read(self, path: str) -> bytes:
        """Return a small file that has no hash. Raises InvalidBundle if there is none."""

    def open(self, file: File, prefix: str) -> BinaryIO:
        """Return a seekable file. Raises InvalidBundle if it is missing or has another hash."""

    def digest(self, file: File, prefix: str) -> str:
        """Return the SHA-256 of a file as it is stored, read completely. Raises InvalidBundle if it is missing."""


class Folder:
    """A bundle in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, path: str) -> bytes:
        return self._open(path).read()

    def open(self, file: File, prefix: str) -> BinaryIO:
        opened = self._open(f"{prefix}/{file.path}")
        if (size := os.fstat(opened.fileno()).st_size) != file.bytes:
            raise InvalidBundle(f"{file.path}: expected {file.bytes} bytes, found {size}; copy the bundle again")
        return opened

    def digest(self, file: File, prefix: str) -> str:
        digest = hashlib.sha256()
        with self._open(f"{prefix}/{file.path}") as opened:
            while part := opened.read(2**20):
                digest.update(part)
        return digest.hexdigest()

    def _open(self, path: str) -> BinaryIO:
        try:
            return (self.folder / path).open("rb")
        except OSError as error:
            raise InvalidBundle(
                f"{path}: expected a file in {self.folder}, found none; copy the bundle again"
            ) from error


class Web:
    """A bundle at an HTTP address."""

    def __init__(self, address: str, cache: Path) -> None:
        self.address, self.cache = address.rstrip("/"), cache

    def read(self, path: str) -> bytes:
        return self.get(path, MAX_INDEX_BYTES)[0]

    def get(self, path: str, size: int, start: int | None = None) -> tuple[bytes, bool]:
        """Return at most `size` bytes of a file, from `start`, and whether the server sent only these.

        A server without ranges sends the file from its beginning. Raises InvalidBundle.
        """
        headers = {} if start is None else {"Range": f"bytes={start}-{start + size - 1}"}
        request = urllib.request.Request(f"{self.address}/{quote(path)}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
                is_part = response.status == 206
                return response.read(size if is_part or start is None else MAX_FILE_BYTES), is_part
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise InvalidBundle(
                f"{path}: expected a file at {self.address}, found: {reason}; check the address"
            ) from error

    def open(self, file: File, prefix: str) -> BinaryIO:
        cached = self.cache / file.sha256
        if cached.is_file() and cached.stat().st_size == file.bytes:
            return cached.open("rb")
        if file.bytes <= WHOLE_BYTES:
            return io.BytesIO(self._download(file, prefix))
        return io.BufferedReader(RangeFile(self, file, prefix), BLOCK_BYTES)

    def _download(self, file: File, prefix: str) -> bytes:
        return self.checked(file, self.get(f"{prefix}/{file.path}", file.bytes + 1)[0])

    def checked(self, file: File, content: bytes) -> bytes:
        """Return the content of a file after storing it in the cache. Raises InvalidBundle if its hash differs."""
        if (digest := hashlib.sha256(content).hexdigest()) != file.sha256:
            raise InvalidBundle(f"{file.path}: expected sha256 {file.sha256}, found {digest}; download it again")
        store(self.cache / file.sha256, content)
        return content

    def digest(self, file: File, prefix: str) -> str:
        content, _ = self.get(f"{prefix}/{file.path}", file.bytes + 1)
        return hashlib.sha256(content).hexdigest()


class RangeFile(io.RawIOBase):
    """A file over HTTP whose parts are requested when they are read, and kept in the cache."""

    def __init__(self, web: Web, file: File, prefix: str) -> None:
        self._web, self._file, self._prefix = web, file, prefix
        self._position = 0
        self._blocks: dict[int, bytes] = {}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._file.bytes}[whence]
        self._position = max(start + offset, 0)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        index, offset = divmod(self._position, BLOCK_BYTES)
        if self._position >= self._file.bytes:
            return 0
        part = self._block(index)[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)

    def _block(self, index: int) -> bytes:
        if index not in self._blocks:
            start = index * BLOCK_BYTES
            end = min(start + BLOCK_BYTES, self._file.bytes)
            cached = self._web.cache / f"{self._file.sha256}.blocks" / str(index)
            if cached.is_file() and cached.stat().st_size == end - start:
                self._blocks[index] = cached.read_bytes()
            else:
                self._blocks[index] = self._request(start, end)
                store(cached, self._blocks[index])
        return self._blocks[index]

    def _request(self, start: int, end: int) -> bytes:
        path = f"{self._prefix}/{self._file.path}"
        content, is_part = self._web.get(path, end - start, start)
        if not is_part:
            return self._keep_all(content)[start:end]
        if len(content) != end - start:
            raise InvalidBundle(f"{path}: expected {end - start} bytes, found {len(content)}; try again")
        return content

    def _keep_all(self, content: bytes) -> bytes:
        """Keep a whole file, which a server without ranges sent."""
        for start in range(0, len(content), BLOCK_BYTES):
            self._blocks[start // BLOCK_BYTES] = content[start : start + BLOCK_BYTES]
        return self._web.checked(self._file, content)


def store(path: Path, content: bytes) -> None:
    """Write a file of the cache atomically; a cache that cannot be written is not used."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as temporary:
            temporary.write(content)
        Path(temporary.name).replace(path)
    except OSError:
        return
