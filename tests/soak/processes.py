"""CPU time of the database server of a store, from /proc."""

import os
from pathlib import Path

from tests.running import Workspace, server_pid


def server_cpu_s(workspace: Workspace) -> float:
    """Return the CPU time of the running server and of its ended sessions, 0 if none runs or without /proc."""
    try:
        pid = server_pid(workspace.targets / "postgres" / "server" / "data")
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except (OSError, ValueError):
        return 0.0
    # utime, stime, cutime and cstime are fields 14 to 17; the first one after the name is field 3.
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
