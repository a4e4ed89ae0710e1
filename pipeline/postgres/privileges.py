"""As whom the embedded server runs. PostgreSQL refuses to run as root, so root puts on a guise:

a user namespace, where root looks like `nobody` to the server and like itself to the files; else the user who owns the
store; else `nobody`, with a data folder that it owns, in /var/lib where it cannot enter the store.
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


@dataclass(frozen=True)
class ServerUser:
    """What to put before a command, and who must own the files it works on (None: whoever we are)."""

    prefix: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None

    def own(self, path: Path) -> None:
        """Give a file or folder, with all that is in it, to the server's user."""
        if self.owner is None:
            return
        members = [path, *path.rglob("*")] if path.is_dir() else [path]
        for member in members:
            os.chown(member, *self.owner, follow_symlinks=False)


def environment() -> dict[str, str]:
    """Our environment less what would change how the server behaves."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _candidate_users(folder: Path) -> Iterator[ServerUser]:
    nobody = pwd.getpwnam("nobody")
    # A namespace hides who we are; the user it shows must exist, and nobody always does.
    names = (f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
    yield ServerUser(("unshare", "--user", *names, "--"), (0, 0))
    owners = {path.stat().st_uid for path in (folder, *folder.parents)} - {0}
    known = {entry.pw_uid: entry.pw_gid for entry in pwd.getpwall()}
    users = [(uid, known[uid]) for uid in sorted(owners) if uid in known]
    for uid, gid in [*users, (nobody.pw_uid, nobody.pw_gid)]:
        yield ServerUser(("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--"), (uid, gid))


def _can_run(guise: ServerUser, place: Path, binaries: Path) -> bool:
    """True where a process in that guise can write the place and run the server's programs."""
    assert guise.owner is not None
    os.chown(place, *guise.owner)
    question = ["sh", "-c", 'test -w "$1" && "$2" --version', "sh", str(place), str(binaries / "postgres")]
    try:
        answer = subprocess.run([*guise.prefix, *question], cwd="/", env=environment(), capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return False
    return answer.returncode == 0


def _user_for_root(folder: Path, inside: Path, binaries: Path) -> ServerUser:
    """The first guise that works, in the store or else in /var/lib; `inside` becomes a link in the second case."""
    made = (inside / "data").exists()
    owner = (inside / "data").stat().st_uid if made else None
    guises = sorted(
        _candidate_users(folder), key=lambda guise: made and guise.owner is not None and guise.owner[0] != owner
    )
    away = FALLBACK_FOLDER / f"ntsb-postgres-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    for place in [inside.resolve()] if made else [inside, away]:
        if place == away:
            # What lies there without a link to it belonged to a store that has been deleted.
            shutil.rmtree(away, ignore_errors=True)
        place.mkdir(mode=0o700, exist_ok=True)
        for guise in guises:
            if _can_run(guise, place, binaries):
                _assign_folder(guise, place, inside)
                return guise
    raise PipelineError(
        f"PostgreSQL does not run as root, and no other user can run {binaries} and write {folder} or {away}. "
        "Run the pipeline as an ordinary user, or name a server of your own in NTSB_DATABASE_URL."
    )


def _assign_folder(guise: ServerUser, place: Path, inside: Path) -> None:
    if place != inside.resolve():
        inside.rmdir()
        inside.symlink_to(place)
        log.warning("The server's user cannot enter %s: the database lies in %s.", inside.parent, place)
    data = place / "data"
    if guise.owner and data.exists() and data.stat().st_uid != guise.owner[0]:
        guise.own(place)


def choose_user(folder: Path, binaries: Path) -> tuple[ServerUser, Path]:
    """How to run the server, and the real folder for its data (made if needed).

    Raises PipelineError where the data belong to somebody else, or where root finds no user to run as.
    """
    inside = folder / "server"
    if not inside.is_dir():
        inside.unlink(missing_ok=True)
        inside.mkdir(mode=0o700)
    if os.geteuid() == 0:
        return _user_for_root(folder, inside, binaries), inside.resolve()
    if inside.stat().st_uid != os.geteuid():
        raise PipelineError(
            f"The database in {folder} belongs to user id {inside.stat().st_uid}, and you are {os.geteuid()}: "
            "run as that user, or choose another folder with NTSB_STORE."
        )
    return ServerUser(), inside.resolve()
