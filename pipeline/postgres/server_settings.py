"""Configuration of the embedded server: durable, tuned for bulk loading, sized for the machine."""

import os
import shutil
from pathlib import Path

from pipeline.postgres.binaries import pg_config

TEMPLATE = """# Written at every start: changes made here are lost.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
timezone = 'UTC'
log_timezone = 'UTC'
# Committed results must survive a crash of the server: later tasks rely on tasks that have been reported as done.
fsync = on
synchronous_commit = on
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 15min
shared_buffers = {shared_mb}MB
maintenance_work_mem = {maintenance_mb}MB
work_mem = 64MB
# Tasks analyze the tables that they create; frequent autovacuum would only compete with them for CPU and locks.
autovacuum_naptime = 10min
default_toast_compression = {toast}
dynamic_shared_memory_type = {dynamic}
jit = off
# The queries of an interrupted run end with it.
client_connection_check_interval = 1s
# The pipeline reports failed statements itself; the log would repeat whole rows of data.
log_min_error_statement = panic
"""


def memory_bytes() -> int:
    """Return the memory of the machine in bytes, or the limit of the container if that is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(machine, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return machine


def _shared_memory() -> str:
    """Return `mmap` if /dev/shm is too small for parallel queries (64 MB in many containers), else `posix`."""
    shm = Path("/dev/shm")
    return "mmap" if shm.exists() and shutil.disk_usage(shm).total < 1 << 30 else "posix"


def write_settings(data: Path, binaries: Path, port: int) -> None:
    """Write ntsb.conf for this machine and port."""
    megabytes = memory_bytes() >> 20
    text = TEMPLATE.format(
        port=port,
        shared_mb=max(32, min(512, megabytes // 8)),
        maintenance_mb=max(64, min(512, megabytes // 16)),
        toast="lz4" if "--with-lz4" in pg_config(binaries, "--configure") else "pglz",
        dynamic=_shared_memory(),
    )
    path = data / "ntsb.conf"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
