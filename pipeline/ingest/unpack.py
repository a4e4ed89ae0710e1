"""From a zip (also a self-extracting one) to the one Access file in it, or a sentence that says why not."""

import shutil
import stat
import subprocess
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from pipeline.errors import ArchiveError, NotAnAccessFile, NotAZip, ToolNotInstalled, TruncatedArchive, UnsafeArchive
from pipeline.ingest import transfer
from pipeline.ingest.transfer import require_free_space

# First bytes of an Access file: Jet 3 and 4 (.mdb), and the later engine of .accdb.
ACCESS_SIGNATURES = (b"\x00\x01\x00\x00Standard Jet DB", b"\x00\x01\x00\x00Standard ACE DB")
ACCESS_SUFFIXES = (".mdb", ".accdb")
# Access files shrink to about a tenth; small ones may be mostly empty pages.
MAX_COMPRESSION_RATIO = 200
SMALL_BYTES = 50_000_000
GIGABYTE = 1_000_000_000
CHUNK = 1 << 20
DOWNLOAD_AGAIN_HINT = "get the zip anew from its source"


def unpack_access_file(archive: Path, target: Path, name: str, max_gb: float) -> str:
    """Writes the Access file of `archive` to `target` and gives its name inside the zip; `name` is for errors.

    Raises an ArchiveError, and leaves no `target` then, for all that `inspect` finds, and where the checksum, the
    size or the kind of what comes out is not as it should be.
    """
    member = inspect_zip(archive, name, max_gb)
    require_free_space(target.parent, member.file_size, name)
    try:
        _extract(archive, member, target, name)
        _check_access(target, f"{name}: {member.filename}")
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return member.filename


def inspect_zip(archive: Path, name: str, max_gb: float) -> zipfile.ZipInfo:
    """The one Access member of a zip, judged by its list of contents alone; every fault is in the error."""
    try:
        with zipfile.ZipFile(archive) as zipped:
            members = [member for member in zipped.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, EOFError, ValueError) as problem:
        raise _invalid_zip(archive, name) from problem
    faults = [fault for member in members for fault in _member_problems(member)]
    if (total := sum(member.file_size for member in members)) > max_gb * GIGABYTE:
        faults.append(f"unpacks to {total} bytes, {max_gb:g} GB are allowed ([Sources] max_unpacked_gb)")
    if faults:
        raise UnsafeArchive(
            f"{name}: expected a harmless zip, found: {'; '.join(faults)}; {DOWNLOAD_AGAIN_HINT}, and do not open this one"
        )
    databases = [member for member in members if member.filename.lower().endswith(ACCESS_SUFFIXES)]
    if len(databases) != 1:
        found = ", ".join(member.filename for member in members[:10]) or "nothing"
        raise NotAnAccessFile(
            f"{name}: expected one .mdb or .accdb in the zip, found {len(databases)} ({found}); {DOWNLOAD_AGAIN_HINT}"
        )
    return databases[0]


def _invalid_zip(archive: Path, name: str) -> ArchiveError:
    with archive.open("rb") as file:
        head = file.read(512)
    if head.startswith((b"PK\x03\x04", b"MZ")):
        size = archive.stat().st_size
        return TruncatedArchive(
            f"{name}: expected a whole zip, found {size} bytes that end before its list; {DOWNLOAD_AGAIN_HINT}"
        )
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<!--")):
        return NotAZip(
            f"{name}: expected a zip, found a web page; open the address in a browser to see what it says, "
            "then correct [Sources] location or set NTSB_SOURCES"
        )
    found = f"a file that starts with {head[:16]!r}" if head else "an empty file"
    return NotAZip(f"{name}: expected a zip, found {found}; {DOWNLOAD_AGAIN_HINT}")


def _member_problems(member: zipfile.ZipInfo) -> list[str]:
    name, size, packed = member.filename, member.file_size, member.compress_size
    faults = []
    for path in (PurePosixPath(name), PureWindowsPath(name)):
        if path.is_absolute() or path.anchor or ".." in path.parts:
            faults.append(f"{name!r} points outside the folder")
            break
    if stat.S_ISLNK(member.external_attr >> 16):
        faults.append(f"{name!r} is a link")
    if size > SMALL_BYTES and size > MAX_COMPRESSION_RATIO * packed:
        faults.append(f"{name!r} unpacks from {packed} to {size} bytes, more than {MAX_COMPRESSION_RATIO} to 1")
    if member.flag_bits & 1:
        faults.append(f"{name!r} is encrypted")
    return faults


def _extract(archive: Path, member: zipfile.ZipInfo, target: Path, name: str) -> None:
    written = 0
    try:
        with (
            zipfile.ZipFile(archive) as zipped,
            zipped.open(member) as packed,
            target.open("wb") as file,
            transfer.progress_bar(member.file_size, member.filename) as bar,
        ):
            # zipfile gives no more than the list says and compares checksums at the end: what is longer is damaged.
            while chunk := packed.read(CHUNK):
                written += file.write(chunk)
                bar.update(len(chunk))
    except (zipfile.BadZipFile, zlib.error, EOFError) as problem:
        raise TruncatedArchive(
            f"{name}: {member.filename} is damaged inside the zip ({problem}); {DOWNLOAD_AGAIN_HINT}"
        ) from problem
    except (NotImplementedError, RuntimeError) as problem:
        raise NotAZip(
            f"{name}: {member.filename} cannot be unpacked here ({problem}); zip it by other means"
        ) from problem
    if written != member.file_size:
        finding = f"expected {member.file_size} bytes as the zip's list says, found {written}"
        raise TruncatedArchive(f"{name}: {member.filename}: {finding}; {DOWNLOAD_AGAIN_HINT}")


def _check_access(file: Path, name: str) -> None:
    """Raises NotAnAccessFile where the first bytes, or mdbtools, say that this is no Access database."""
    with file.open("rb") as stream:
        head = stream.read(len(ACCESS_SIGNATURES[0]))
    if head not in ACCESS_SIGNATURES:
        raise NotAnAccessFile(
            f"{name}: expected an Access database, found a file that starts with {head!r}; {DOWNLOAD_AGAIN_HINT}"
        )
    if shutil.which("mdb-ver") is None:
        raise ToolNotInstalled(f"{name}: mdbtools is needed to read it and is not installed; run `make env`")
    said = subprocess.run(["mdb-ver", file], capture_output=True, text=True, check=False)
    if said.returncode:
        raise NotAnAccessFile(
            f"{name}: mdbtools cannot read it ({said.stderr.strip() or said.stdout.strip()}); {DOWNLOAD_AGAIN_HINT}"
        )
