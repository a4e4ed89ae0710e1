"""Extract the only Access file of a zip, which may be self-extracting, damaged or malicious; copy one without a zip."""

import errno
import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from pipeline.errors import (
    ArchiveError,
    NotAnAccessFile,
    NotAZip,
    TruncatedArchive,
    UnsafeArchive,
    printable,
)
from pipeline.ingest import jet_file, transfer
from pipeline.ingest.transfer import require_free_space

ACCESS_SUFFIXES = (".mdb", ".accdb")
# Access files compress to about a tenth; small ones may consist of empty pages.
MAX_COMPRESSION_RATIO = 200
SMALL_BYTES = 50_000_000
# Of zipfile and its decompressors for damage (see is_damage); for what they do not support, it is RuntimeError.
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
)
GIGABYTE = 1_000_000_000
CHUNK_BYTES = 1 << 20
DOWNLOAD_AGAIN_HINT = "download the zip again from its source"
UNPACK_HINT = "unpack it, and put the Access file in its place, or a zip of it without a password"
ENCRYPTED = "is encrypted"
# {first bytes: kind of archive}
OTHER_ARCHIVES = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "RAR",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"MSCF": "cabinet",
}
# A self-extracting archive of another kind begins with its program, which is smaller than this.
PROGRAM_BYTES = 1 << 20


def unpack_access_file(archive: Path, target: Path, name: str, max_gb: float) -> str:
    """Extract the Access file of `archive` to `target`, or copy it if it is not zipped; `name` is for error messages.

    Returns its name in the zip, empty for a copy. Raises ArchiveError, without leaving a `target`, for every problem
    that `inspect_zip` finds, and for a wrong checksum, size or file type.
    """
    member = None if is_access_file(archive) else inspect_zip(archive, name, max_gb)
    require_free_space(target.parent, member.file_size if member else archive.stat().st_size, name)
    try:
        if member is None:
            shutil.copyfile(archive, target)
        else:
            _extract(archive, member, target, name)
        _check_access(target, f"{name}: {printable(member.filename)}" if member else name)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return member.filename if member else ""


def is_access_file(file: Path) -> bool:
    """Return True if the file itself, and not a zip in it, is an Access file, from its first bytes."""
    with file.open("rb") as stream:
        return stream.read(CHUNK_BYTES).startswith(jet_file.SIGNATURES)


def inspect_zip(archive: Path, name: str, max_gb: float) -> zipfile.ZipInfo:
    """Return the only Access member of a zip, from its table of contents. Raises ArchiveError with all problems."""
    try:
        with zipfile.ZipFile(archive) as zipped:
            members = [member for member in zipped.infolist() if not member.filename.endswith("/")]
    except (NotImplementedError, UnicodeDecodeError) as error:
        is_name = isinstance(error, UnicodeDecodeError)
        expected = "names in UTF-8, as the zip states" if is_name else "a zip up to version 6.3 of the format"
        raise NotAZip(f"{name}: expected {expected}, found {error}; compress it with another program") from error
    except ZIP_ERRORS as error:
        if not is_damage(error):
            raise
        raise _invalid_zip(archive, name) from error
    problems = [problem for member in members for problem in member_problems(member)]
    if (total := sum(member.file_size for member in members)) > max_gb * GIGABYTE:
        problems.append(f"unpacks to {total} bytes, {max_gb:g} GB are allowed ([Sources] max_unpacked_gb)")
    if problems:
        problem_list = printable("; ".join(problems))
        if all(problem.endswith(ENCRYPTED) for problem in problems):
            raise NotAZip(f"{name}: expected a zip without a password, found {problem_list}; {UNPACK_HINT}")
        raise UnsafeArchive(
            f"{name}: expected a safe zip, found: {problem_list}; {DOWNLOAD_AGAIN_HINT}, do not open this one"
        )
    databases = [member for member in members if _is_database(member.filename)]
    if len(databases) != 1:
        content = printable(", ".join(member.filename for member in members[:10])) or "nothing"
        raise NotAnAccessFile(
            f"{name}: expected one .mdb or .accdb in the zip, found {len(databases)} ({content}); put the database to "
            "use in its place, unpacked"
        )
    return databases[0]


def _is_database(name: str) -> bool:
    """Return True for the name of an Access database; macOS adds files with attributes: __MACOSX/._avall.mdb."""
    path = PureWindowsPath(name)  # separates at both kinds of slashes
    is_attributes = "__MACOSX" in path.parts or path.name.startswith("._")
    return path.suffix.lower() in ACCESS_SUFFIXES and not is_attributes


def _invalid_zip(archive: Path, name: str) -> ArchiveError:
    with archive.open("rb") as file:
        head = file.read(PROGRAM_BYTES)
    if kind := _other_archive(head):
        return NotAZip(f"{name}: expected a zip, found {kind}; {UNPACK_HINT}")
    if head.startswith((b"PK\x03\x04", b"MZ")):
        size = archive.stat().st_size
        return TruncatedArchive(
            f"{name}: expected a complete zip, found {size} bytes without a table of contents; {DOWNLOAD_AGAIN_HINT}"
        )
    text = head[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<!--")):
        return NotAZip(
            f"{name}: expected a zip, found a web page; open the URL in a browser, "
            "then correct [Sources] location or set NTSB_SOURCES"
        )
    start = f"a file that starts with {head[:16]!r}" if head else "an empty file"
    return NotAZip(f"{name}: expected a zip, found {start}; {DOWNLOAD_AGAIN_HINT}")


def _other_archive(head: bytes) -> str:
    """Return what kind of archive begins like this, also behind a program that extracts it; empty if it is none."""
    for signature, kind in OTHER_ARCHIVES.items():
        if head.startswith(signature):
            return f"a {kind} archive"
        if head.startswith(b"MZ") and len(signature) > 4 and signature in head:
            return f"a self-extracting {kind} archive"
    if head[257:262] == b"ustar":
        return "a tar archive"
    return "a part of a zip in several files" if head.startswith(b"PK\x07\x08") else ""


def member_problems(member: zipfile.ZipInfo) -> list[str]:
    """Return what makes it unsafe to extract a member of a zip."""
    name, size, compressed = member.filename, member.file_size, member.compress_size
    problems = []
    for path in (PurePosixPath(name), PureWindowsPath(name)):
        if path.is_absolute() or path.anchor or ".." in path.parts:
            problems.append(f"{name!r} points outside the folder")
            break
    if member.flag_bits & 1:
        problems.append(f"{name!r} {ENCRYPTED}")
    if stat.S_ISLNK(member.external_attr >> 16):
        problems.append(f"{name!r} is a link")
    if size > SMALL_BYTES and size > MAX_COMPRESSION_RATIO * compressed:
        problems.append(f"{name!r} unpacks from {compressed} to {size} bytes, more than {MAX_COMPRESSION_RATIO} to 1")
    return problems


def _extract(archive: Path, member: zipfile.ZipInfo, target: Path, name: str) -> None:
    written, label = 0, f"{name}: {printable(member.filename)}"
    try:
        with (
            zipfile.ZipFile(archive) as zipped,
            zipped.open(member) as packed,
            target.open("wb") as file,
            transfer.progress_bar(member.file_size, printable(member.filename, 64)) as bar,
        ):
            # zipfile returns at most the recorded size and then verifies the checksum, so a longer file is an error.
            while chunk := packed.read(CHUNK_BYTES):
                written += file.write(chunk)
                bar.update(len(chunk))
    except ZIP_ERRORS as error:
        if not is_damage(error):
            raise
        raise TruncatedArchive(
            f"{label} is damaged inside the zip ({printable(str(error), 200)}); {DOWNLOAD_AGAIN_HINT}"
        ) from error
    except RuntimeError as error:
        raise NotAZip(
            f"{label} has an unsupported compression ({printable(str(error), 200)}); compress it with another program"
        ) from error
    if written != member.file_size:
        raise TruncatedArchive(f"{label}: expected {member.file_size} bytes, found {written}; {DOWNLOAD_AGAIN_HINT}")


def is_damage(error: Exception) -> bool:
    """Return True if damaged data caused the error, not the operating system, whose errors have an errno.

    The OSError of a damaged bzip2 stream has none, and EINVAL is that of a position that the zip does not have.
    """
    return not isinstance(error, OSError) or error.errno in (None, errno.EINVAL)


def _check_access(file: Path, name: str) -> None:
    """Raise NotAnAccessFile if the header is not that of an Access database that can be read."""
    try:
        jet_file.read_header(file)
    except jet_file.DamagedFile as error:
        raise NotAnAccessFile(f"{name}: {error}") from error
