"""Extract the only Access file of a zip, which may be self-extracting, damaged or malicious; copy one without a zip."""

import shutil
import stat
import subprocess
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from pipeline.errors import ArchiveError, NotAnAccessFile, NotAZip, ToolNotInstalled, TruncatedArchive, UnsafeArchive
from pipeline.ingest import transfer
from pipeline.ingest.transfer import require_free_space

# First bytes of an Access file: Jet 3 and 4 (.mdb), and ACE (.accdb).
ACCESS_SIGNATURES = (b"\x00\x01\x00\x00Standard Jet DB", b"\x00\x01\x00\x00Standard ACE DB")
ACCESS_SUFFIXES = (".mdb", ".accdb")
# Access files compress to about a tenth; small ones may consist of empty pages.
MAX_COMPRESSION_RATIO = 200
SMALL_BYTES = 50_000_000
GIGABYTE = 1_000_000_000
CHUNK_BYTES = 1 << 20
DOWNLOAD_AGAIN_HINT = "download the zip again from its source"


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
        _check_access(target, f"{name}: {member.filename}" if member else name)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return member.filename if member else ""


def is_access_file(file: Path) -> bool:
    """Return True if the file itself, and not a zip in it, is an Access file, from its first bytes."""
    with file.open("rb") as stream:
        return stream.read(len(ACCESS_SIGNATURES[0])) in ACCESS_SIGNATURES


def inspect_zip(archive: Path, name: str, max_gb: float) -> zipfile.ZipInfo:
    """Return the only Access member of a zip, from its table of contents. Raises ArchiveError with all problems."""
    try:
        with zipfile.ZipFile(archive) as zipped:
            members = [member for member in zipped.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise _invalid_zip(archive, name) from error
    problems = [problem for member in members for problem in _member_problems(member)]
    if (total := sum(member.file_size for member in members)) > max_gb * GIGABYTE:
        problems.append(f"unpacks to {total} bytes, {max_gb:g} GB are allowed ([Sources] max_unpacked_gb)")
    if problems:
        problem_list = "; ".join(problems)
        raise UnsafeArchive(
            f"{name}: expected a safe zip, found: {problem_list}; {DOWNLOAD_AGAIN_HINT}, do not open this one"
        )
    databases = [member for member in members if member.filename.lower().endswith(ACCESS_SUFFIXES)]
    if len(databases) != 1:
        content = ", ".join(member.filename for member in members[:10]) or "nothing"
        raise NotAnAccessFile(
            f"{name}: expected one .mdb or .accdb in the zip, found {len(databases)} ({content}); {DOWNLOAD_AGAIN_HINT}"
        )
    return databases[0]


def _invalid_zip(archive: Path, name: str) -> ArchiveError:
    with archive.open("rb") as file:
        head = file.read(512)
    if head.startswith((b"PK\x03\x04", b"MZ")):
        size = archive.stat().st_size
        return TruncatedArchive(
            f"{name}: expected a complete zip, found {size} bytes without a table of contents; {DOWNLOAD_AGAIN_HINT}"
        )
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<!--")):
        return NotAZip(
            f"{name}: expected a zip, found a web page; open the URL in a browser, "
            "then correct [Sources] location or set NTSB_SOURCES"
        )
    start = f"a file that starts with {head[:16]!r}" if head else "an empty file"
    return NotAZip(f"{name}: expected a zip, found {start}; {DOWNLOAD_AGAIN_HINT}")


def _member_problems(member: zipfile.ZipInfo) -> list[str]:
    name, size, compressed = member.filename, member.file_size, member.compress_size
    problems = []
    for path in (PurePosixPath(name), PureWindowsPath(name)):
        if path.is_absolute() or path.anchor or ".." in path.parts:
            problems.append(f"{name!r} points outside the folder")
            break
    if stat.S_ISLNK(member.external_attr >> 16):
        problems.append(f"{name!r} is a link")
    if size > SMALL_BYTES and size > MAX_COMPRESSION_RATIO * compressed:
        problems.append(f"{name!r} unpacks from {compressed} to {size} bytes, more than {MAX_COMPRESSION_RATIO} to 1")
    if member.flag_bits & 1:
        problems.append(f"{name!r} is encrypted")
    return problems


def _extract(archive: Path, member: zipfile.ZipInfo, target: Path, name: str) -> None:
    written = 0
    try:
        with (
            zipfile.ZipFile(archive) as zipped,
            zipped.open(member) as packed,
            target.open("wb") as file,
            transfer.progress_bar(member.file_size, member.filename) as bar,
        ):
            # zipfile returns at most the recorded size and then verifies the checksum, so a longer file is an error.
            while chunk := packed.read(CHUNK_BYTES):
                written += file.write(chunk)
                bar.update(len(chunk))
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise TruncatedArchive(
            f"{name}: {member.filename} is damaged inside the zip ({error}); {DOWNLOAD_AGAIN_HINT}"
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        raise NotAZip(
            f"{name}: {member.filename} has an unsupported compression ({error}); compress it with another program"
        ) from error
    if written != member.file_size:
        raise TruncatedArchive(
            f"{name}: {member.filename}: expected {member.file_size} bytes, found {written}; {DOWNLOAD_AGAIN_HINT}"
        )


def _check_access(file: Path, name: str) -> None:
    """Raise NotAnAccessFile if the signature or mdbtools does not recognize an Access database."""
    with file.open("rb") as stream:
        head = stream.read(len(ACCESS_SIGNATURES[0]))
    if head not in ACCESS_SIGNATURES:
        raise NotAnAccessFile(
            f"{name}: expected an Access database, found a file that starts with {head!r}; {DOWNLOAD_AGAIN_HINT}"
        )
    if shutil.which("mdb-ver") is None:
        raise ToolNotInstalled(f"{name}: expected mdbtools to read it, found none on PATH; run `make env`")
    result = subprocess.run(["mdb-ver", file], capture_output=True, text=True, check=False)
    if result.returncode:
        raise NotAnAccessFile(
            f"{name}: mdbtools cannot read it ({result.stderr.strip() or result.stdout.strip()}); {DOWNLOAD_AGAIN_HINT}"
        )
