"""Backup of an installation: the database as a dump, all files of the store as an archive, and a manifest.

`manifest.json` is written last and has the SHA-256 of both files, of every archived zip, and the name, digest and
fingerprint of every signed relation. The signatures of the pipeline contain object ids, which a restored database does
not keep: they are renewed, after the digest of each relation has been compared with that in the manifest.
"""

import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from psycopg2.extensions import make_dsn, parse_dsn
from psycopg2.extras import Json

from pipeline import config, json_file
from pipeline.config import SQL
from pipeline.errors import PipelineError
from pipeline.ingest.archive import file_sha256
from pipeline.postgres import server
from pipeline.postgres.binaries import find_binaries
from pipeline.postgres.connection import Cursor, embedded_server_folder, is_embedded, relation_exists, transaction
from pipeline.postgres.session import open_connection

FORMAT = 1
DUMP, FILES, MANIFEST = "database.dump", "files.tar", "manifest.json"
# Created with the database, before it is restored.
EXISTING = (
    " EXTENSION ",
    " COMMENT - EXTENSION ",
    " SCHEMA - mlflow ",
    " SCHEMA - public ",
    " COMMENT - SCHEMA public ",
    " TABLE DATA public spatial_ref_sys ",
)

SIGNED = """
select namespace.nspname, class.relname, signed.digest
from audit.relation as signed
inner join pg_class as class on class.oid = signed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where signed.shape = audit.shape(signed.oid)
order by 1, 2
"""
NAMES = """
select namespace.nspname, class.relname, class.oid::bigint
from pg_class as class
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where class.relkind in ('r', 'v', 'm') and namespace.nspname !~ '^(pg_|information_schema$)'
order by 1, 2
"""
# Object ids of the dumped database become those of the restored one; relations that were not intact lose the signature.
RENEW = """
create temp table renewed on commit drop as
select old.oid::bigint::oid as old, class.oid as new, old.is_intact
from jsonb_to_recordset(%(relations)s) as old (schema text, name text, oid bigint, is_intact boolean)
inner join pg_namespace as namespace on namespace.nspname = old.schema
inner join pg_class as class on class.relnamespace = namespace.oid and class.relname = old.name;

update audit.release_relation as listed set oid = renewed.new from renewed where listed.oid = renewed.old;
update audit.bundle set relations = array(
    select coalesce(renewed.new, member.oid)
    from unnest(relations) with ordinality as member (oid, position)
    left join renewed on renewed.old = member.oid
    order by member.position
);
create temp table signed on commit drop as
select renewed.new as oid, fingerprint, rows, digest, sums, shaped.new as shaped_as
from audit.relation
inner join renewed on renewed.old = relation.oid and renewed.is_intact
left join renewed as shaped on shaped.old = relation.shaped_as;
delete from audit.relation;
insert into audit.relation (oid, fingerprint, shape, rows, digest, sums, shaped_as)
select oid, fingerprint, audit.shape(oid), rows, digest, sums, shaped_as from signed;
delete from audit.basis;
"""
DIFFERENT = """
select class.oid::regclass::text
from audit.relation as signed
inner join pg_class as class on class.oid = signed.oid and class.relkind in ('r', 'm')
where signed.digest is not null and (audit.digest(class.oid)).digest is distinct from signed.digest
order by 1
"""


def superuser_url() -> str:
    """Return the URL with which a database is dumped and restored: the superuser's of the embedded server."""
    if is_embedded():
        return server.start(embedded_server_folder())
    return config.Postgres().external_owner_url()


def run_program(name: str, *arguments: str) -> str:
    """Run a program of PostgreSQL on the database; the password is not on the command line. Raises PipelineError."""
    dsn = parse_dsn(superuser_url())
    if "sslpassword" in dsn:
        raise PipelineError(
            f"{name}: expected no sslpassword in the URL, which would be visible; use an unencrypted key"
        )
    # Variables of libpq complete the URL of an external server only.
    environment = {key: value for key, value in os.environ.items() if not (is_embedded() and key.startswith("PG"))}
    if password := dsn.pop("password", ""):
        environment["PGPASSWORD"] = password
    command = [str(find_binaries(None) / name), "--no-password", f"--dbname={make_dsn(**dsn)}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PipelineError(f"{name}: expected success, found: {done.stderr.strip()[-1500:]}; correct it and repeat")
    return done.stdout


def stored_files() -> Iterator[tuple[Path, str]]:
    """Yield (path, name in the archive) of every file of the store that a restored installation needs."""
    targets, root = config.targets_folder(), config.store_folder()
    skipped = {targets / name for name in ("postgres", "locks", "passwords", "scheduler")}
    for folder in (targets, config.mlflow_folder(), config.ledger_folder(), config.html_folder()):
        for path in sorted(folder.rglob("*")):
            is_skipped = any(path.is_relative_to(other) for other in skipped) or path.parent.name == "locks"
            if path.is_file() and not path.is_symlink() and not is_skipped:
                yield path, path.relative_to(root).as_posix()


def write(folder: Path) -> dict[str, Any]:
    """Write a backup to an empty folder and return its manifest. Raises PipelineError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise PipelineError(f"backup: expected an empty folder, found files in {folder}; choose another one")
    with transaction(read_only=True, owner=True) as cursor:
        manifest = describe(cursor)
    run_program("pg_dump", "--format=custom", f"--file={folder / DUMP}")
    with tarfile.TarFile(folder / FILES, "x", format=tarfile.PAX_FORMAT) as archive:
        for path, name in stored_files():
            archive.add(path, name, recursive=False)
    manifest["sha256"] = {name: file_sha256(folder / name) for name in (DUMP, FILES)}
    manifest["archive"] = sorted(path.stem for path in (config.targets_folder() / "archive").glob("*.zip"))
    json_file.write(folder / MANIFEST, manifest)
    return manifest


def describe(cursor: Cursor) -> dict[str, Any]:
    """Return the release, the object ids and names of all relations, and the digests of intact ones."""
    cursor.execute("select id, snapshot from audit.release where is_current")
    release, snapshot = cursor.fetchone() or (None, None)
    cursor.execute(SIGNED)
    digests = {(schema, name): digest for schema, name, digest in cursor.fetchall()}
    cursor.execute(NAMES)
    relations = [
        {"schema": schema, "name": name, "oid": oid, "is_intact": (schema, name) in digests}
        for schema, name, oid in cursor.fetchall()
    ]
    listed = {f"{schema}.{name}": digest for (schema, name), digest in digests.items() if digest}
    return {"format": FORMAT, "release": release, "snapshot": snapshot, "digests": listed, "relations": relations}


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a backup after verifying its files. Raises PipelineError."""
    manifest = json_file.read(folder / MANIFEST)
    if manifest is None or manifest.get("format") != FORMAT:
        raise PipelineError(f"restore: expected {MANIFEST} of a complete backup in {folder}, found none; name another")
    for name, expected in manifest["sha256"].items():
        actual = file_sha256(folder / name) if (folder / name).is_file() else "no file"
        if actual != expected:
            raise PipelineError(f"restore: {folder / name}: expected SHA-256 {expected}, found {actual}; use another")
    return manifest


def require_empty() -> None:
    """Raise PipelineError unless the store and its database are empty."""
    # `restore` has created the folders and marked them.
    existing = [path for path, _ in stored_files() if path.name != ".ntsb-pipeline"]
    if existing or (is_embedded() and server.exists(embedded_server_folder())):
        where = existing[0] if existing else embedded_server_folder()
        raise PipelineError(f"restore: expected an empty installation, found {where}; set NTSB_STORE to a new folder")
    if not is_embedded():
        with closing(open_connection(superuser_url(), False)) as connection, connection.cursor() as cursor:
            if relation_exists(cursor, "audit.release"):
                raise PipelineError("restore: expected an empty database, found releases; name another database")


def restore(folder: Path) -> dict[str, Any]:
    """Restore a backup into an empty installation, compare all digests, and return the manifest.

    Raises PipelineError if a file or a relation differs from the manifest.
    """
    manifest = read_manifest(folder)
    require_empty()
    with tarfile.open(folder / FILES) as archive:
        archive.extractall(config.store_folder(), filter="data")
    with tempfile.TemporaryDirectory() as temporary:
        chosen = Path(temporary) / "list"
        contents = run_local("pg_restore", "--list", str(folder / DUMP)).splitlines()
        lines = [line for line in contents if not any(kind in line for kind in EXISTING)]
        chosen.write_text("\n".join(lines) + "\n", encoding="utf-8")
        run_program("pg_restore", "--exit-on-error", f"--use-list={chosen}", str(folder / DUMP))
    renew_signatures(manifest)
    return manifest


def run_local(name: str, *arguments: str) -> str:
    """Run a program of PostgreSQL that needs no server, and return its output. Raises PipelineError."""
    done = subprocess.run([str(find_binaries(None) / name), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PipelineError(f"{name}: expected success, found: {done.stderr.strip()[-1500:]}; use another backup")
    return done.stdout


def renew_signatures(manifest: Mapping[str, Any]) -> None:
    """Give the signatures the object ids of this database, and compare the digests. Raises PipelineError."""
    with transaction(owner=True) as cursor:
        cursor.execute(RENEW, {"relations": Json(manifest["relations"])})
        cursor.execute((SQL / "functions" / "roles.sql").read_text(encoding="utf-8"))
        cursor.execute(SIGNED)
        restored = {f"{schema}.{name}": digest for schema, name, digest in cursor.fetchall() if digest}
        cursor.execute(DIFFERENT)
        names = {name for (name,) in cursor.fetchall()}
        names |= {name for name, digest in manifest["digests"].items() if restored.get(name) != digest}
        if names:
            raise PipelineError(
                f"restore: expected the digests of the manifest, found others in {', '.join(sorted(names)[:10])}; "
                "use another backup"
            )
