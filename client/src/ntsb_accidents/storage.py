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
MIN_BLOCK_BYTES = 1024
TIMEOUT_S = 60
MAX_INDEX_BYTES = 50 * 2**20
PATH = r"\w[\w-]*(\.\w+)*(/\w[\w-]*(\.\w+)*)*"


class InvalidBundle(Exception):
    """The files are not those of a bundle, or differ from its manifest."""


@dataclass(frozen=True)
class File:
    """A file of the manifest: path, size in bytes, and SHA-256 in hexadecimal digits.

    `blocks`: SHA-256 of each block of `block_bytes`, the last of which may be shorter; empty if it has one only.
    """

    path: str
    bytes: int
    sha256: str
    block_bytes: int = 0
    blocks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could name a file elsewhere: a manifest is input from others. Raises InvalidBundle."""
        is_size = all(isinstance(size, int) and size >= 0 for size in (self.bytes, self.block_bytes))
        is_hash = all(re.fullmatch("[0-9a-f]{64}", str(digest)) for digest in (self.sha256, *self.blocks))
        if not (re.fullmatch(PATH, str(self.path)) and is_size and is_hash):
            raise InvalidBundle(f"manifest.json: expected path, bytes and sha256 of a file, found {self!r}")
        if self.blocks and (
            self.block_bytes < MIN_BLOCK_BYTES or len(self.blocks) != -(-self.bytes // self.block_bytes)
        ):
            raise InvalidBundle(
                f"manifest.json: expected the blocks of {self.bytes} bytes of {self.path}, found {len(self.blocks)} of "
                f"{self.block_bytes} bytes"
            )

    def span(self, index: int) -> tuple[int, int]:
        """Return the first byte of a block and the one after its last."""
        return index * self.block_bytes, min((index + 1) * self.block_bytes, self.bytes)


@dataclass(frozen=True)
class Answer:
    """Content of a response; `part`: its Content-Range, None if it is the whole; `tag`: its strong ETag, or empty."""

    content: bytes
    part: str | None = None
    tag: str = ""


class Storage(Protocol):
    """Where the files of a bundle are."""

    def read(self, path: str) -> bytes:
        """Return a small file that has no hash. Raises InvalidBundle if there is none."""

    def open(self, file: File, prefix: str) -> BinaryIO:
        """Return a seekable file. Raises InvalidBundle if it is missing or has another size.

        What comes over HTTP is compared with the hashes of the manifest before it is used.
        """

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
        return self.get(path, MAX_INDEX_BYTES).content

    def get(self, path: str, size: int, span: tuple[int, int] | None = None, tag: str = "") -> Answer:
        """Return at most `size` bytes of a file, or the bytes of `span`, if the server sends parts.

        `tag`: ETag of the parts before; the server sends the whole file if it has another one. Raises InvalidBundle.
        """
        headers = {"Range": f"bytes={span[0]}-{span[1] - 1}"} if span else {}
        request = urllib.request.Request(
            f"{self.address}/{quote(path)}", headers=headers | ({"If-Range": tag} if tag else {})
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
                part = response.headers.get("Content-Range", "") if response.status == 206 else None
                etag = response.headers.get("ETag", "")
                return Answer(response.read(size), part, etag if etag.startswith('"') else "")
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise InvalidBundle(
                f"{path}: expected a file at {self.address}, found: {reason}; check the address"
            ) from error

    def open(self, file: File, prefix: str) -> BinaryIO:
        cached = self.cache / file.sha256
        if (content := cached_content(cached, file.sha256)) is not None:
            return io.BytesIO(content)
        if file.bytes <= WHOLE_BYTES or not file.blocks:
            return io.BytesIO(self._download(file, prefix))
        return io.BufferedReader(RangeFile(self, file, prefix), file.block_bytes)

    def _download(self, file: File, prefix: str) -> bytes:
        return self.checked(file, self.get(f"{prefix}/{file.path}", file.bytes + 1).content)

    def checked(self, file: File, content: bytes) -> bytes:
        """Return the content of a file after storing it in the cache. Raises InvalidBundle if its hash differs."""
        if (digest := hashlib.sha256(content).hexdigest()) != file.sha256:
            raise InvalidBundle(f"{file.path}: expected sha256 {file.sha256}, found {digest}; download it again")
        store(self.cache / file.sha256, content)
        return content

    def digest(self, file: File, prefix: str) -> str:
        return hashlib.sha256(self.get(f"{prefix}/{file.path}", file.bytes + 1).content).hexdigest()


class RangeFile(io.RawIOBase):
    """A file over HTTP whose blocks are requested when they are read, compared with their hashes, and cached."""

    def __init__(self, web: Web, file: File, prefix: str) -> None:
        self._web, self._file, self._prefix = web, file, prefix
        self._position, self._tag = 0, ""
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
        index, offset = divmod(self._position, self._file.block_bytes)
        if self._position >= self._file.bytes:
            return 0
        part = self._block(index)[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)

    def _block(self, index: int) -> bytes:
        if index not in self._blocks:
            cached = self._web.cache / f"{self._file.sha256}.blocks" / str(index)
            content = cached_content(cached, self._file.blocks[index])
            if content is None:
                content = self._request(index)
                store(cached, content)
            self._blocks[index] = content
        return self._blocks[index]

    def _request(self, index: int) -> bytes:
        path, (start, end) = f"{self._prefix}/{self._file.path}", self._file.span(index)
        answer = self._web.get(path, self._file.bytes + 1, (start, end), self._tag)
        if answer.part is None:
            return self._keep_all(answer.content)[start:end]
        expected = f"bytes {start}-{end - 1}/"
        if answer.part not in (f"{expected}{self._file.bytes}", f"{expected}*"):
            raise InvalidBundle(
                f"{path}: expected {expected}{self._file.bytes}, found {answer.part!r}; the file was replaced, or the "
                "server cannot send parts; open the release again"
            )
        if hashlib.sha256(answer.content).hexdigest() != self._file.blocks[index]:
            raise InvalidBundle(
                f"{path}: expected the sha256 of the manifest for bytes {start}-{end - 1}, found another; the file was "
                "replaced or damaged; open the release again"
            )
        self._tag = answer.tag
        return answer.content

    def _keep_all(self, content: bytes) -> bytes:
        """Keep a whole file, which a server sends that has no ranges, or whose file has another ETag than before."""
        self._web.checked(self._file, content)
        for index in range(len(self._file.blocks)):
            start, end = self._file.span(index)
            self._blocks[index] = content[start:end]
        return content


def cached_content(path: Path, sha256: str) -> bytes | None:
    """Return a file of the cache, or None if it is missing or damaged."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


def store(path: Path, content: bytes) -> None:
    """Write a file of the cache atomically; a cache that cannot be written is not used."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as temporary:
            temporary.write(content)
        Path(temporary.name).replace(path)
    except OSError:
        return
