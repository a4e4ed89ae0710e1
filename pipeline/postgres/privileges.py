"""The user that the embedded server runs as. PostgreSQL refuses to run as root, so root drops its privileges:

in a user namespace, where the server sees the user `nobody` and the files still belong to root; else as the owner of
the store; else as `nobody`, with a separate data folder, in /var/lib if `nobody` has no access to the store.
"""

import hashlib
import logging
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PipelineError

log = logging.getLogger(__name__)
FALLBACK_FOLDER = Path("/var/lib")
FALLBACK_PREFIX = "ntsb-postgres-"


@dataclass(frozen=True)
class ServerUser:
    """The prefix of every command, and the (uid, gid) that must own the server's files; None: the current user."""

    prefix: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None

    def take_ownership(self, path: Path) -> None:
        """Make this user the owner of a file, or of a folder and everything in it; do nothing if `owner` is None."""
        if self.owner is None:
            return
        for member in [path, *path.rglob("*")] if path.is_dir() else [path]:
            os.chown(member, *self.owner, follow_symlinks=False)


def environment() -> dict[str, str]:
    """Return the current environment without the variables that would change how the server behaves."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _candidate_users(folder: Path) -> Iterator[ServerUser]:
    nobody = pwd.getpwnam("nobody")
    # The user shown inside the namespace must exist, and nobody always does.
    mapping = (f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
    yield ServerUser(("unshare", "--user", *mapping, "--"), (0, 0))
    owners = {path.stat().st_uid for path in (folder, *folder.parents)} - {0}
    groups = {entry.pw_uid: entry.pw_gid for entry in pwd.getpwall()}
    users = [(uid, groups[uid]) for uid in sorted(owners) if uid in groups]
    for uid, gid in [*users, (nobody.pw_uid, nobody.pw_gid)]:
        yield ServerUser(("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--"), (uid, gid))


def _can_run(user: ServerUser, folder: Path, binaries: Path) -> bool:
    """Make the user the owner of the folder; return True if it can write there and run the server's programs."""
    assert user.owner is not None
    os.chown(folder, *user.owner)
    test = ["sh", "-c", 'test -w "$1" && "$2" --version', "sh", str(folder), str(binaries / "postgres")]
    try:
        result = subprocess.run([*user.prefix, *test], cwd="/", env=environment(), capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return False
    return result.returncode == 0


def outside_folder(folder: Path) -> Path:
    """Return where root keeps the data if the server's user cannot enter the store."""
    return FALLBACK_FOLDER / f"{FALLBACK_PREFIX}{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"


def _user_for_root(folder: Path, inside: Path, binaries: Path) -> ServerUser:
    """Return the first user that works, in the store or else in /var/lib; in the second case `inside` becomes a link.

    Raises PipelineError if no user works.
    """
    exists = (inside / "data").exists()
    owner = (inside / "data").stat().st_uid if exists else None
    # The owner of existing data comes first.
    users = sorted(
        _candidate_users(folder), key=lambda user: exists and user.owner is not None and user.owner[0] != owner
    )
    fallback = outside_folder(folder)
    for parent in [inside.resolve()] if exists else [inside, fallback]:
        if parent == fallback and not exists:
            # Nothing links to it, so it belonged to a store that has been deleted.
            shutil.rmtree(fallback, ignore_errors=True)
        parent.mkdir(mode=0o700, exist_ok=True)
        for user in users:
            if _can_run(user, parent, binaries):
                _assign_folder(user, parent, inside)
                return user
    raise PipelineError(
        f"PostgreSQL does not run as root, and no other user can run {binaries} and write to {folder} or {fallback}; "
        "run the pipeline as an ordinary user, or set NTSB_DATABASE_URL to a server of your own"
    )


def _assign_folder(user: ServerUser, parent: Path, inside: Path) -> None:
    """Link the store to the folder with the data, and give existing data to the user."""
    if parent != inside.resolve():
        inside.rmdir()
        inside.symlink_to(parent)
        log.warning("The server's user has no access to %s: the database is in %s.", inside.parent, parent)
    data = parent / "data"
    if user.owner and data.exists() and data.stat().st_uid != user.owner[0]:
        user.take_ownership(parent)


def _require_own_link(inside: Path) -> None:
    """Raise PipelineError for a link that root has not created: the folder that it names would get another owner."""
    target = inside.readlink() if inside.is_symlink() else None
    if target and (target.parent != FALLBACK_FOLDER or not target.name.startswith(FALLBACK_PREFIX)):
        raise PipelineError(f"{inside}: expected a folder, found a link to {target}; remove the link, then run again")


def choose_user(folder: Path, binaries: Path) -> tuple[ServerUser, Path]:
    """Return the user to run the server as, and the real folder that contains its data folder (created if needed).

    Raises PipelineError if the data belong to another user, or if root finds no user to run as.
    """
    inside = folder / "server"
    if not inside.is_dir():
        inside.unlink(missing_ok=True)
        inside.mkdir(mode=0o700)
    if os.geteuid() == 0:
        _require_own_link(inside)
        return _user_for_root(folder, inside, binaries), inside.resolve()
    if inside.stat().st_uid != os.geteuid():
        raise PipelineError(
            f"The database in {folder}: expected user id {os.geteuid()} as its owner, found {inside.stat().st_uid}; "
            "run as that user, or choose another folder with NTSB_STORE"
        )
    return ServerUser(), inside.resolve()
