"""Builds the wheel for `pip install`, with the standard library only: pip downloads build tools without hashes."""

import base64
import hashlib
import tomllib
import zipfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
SUFFIXES = (".py", ".typed")
# The earliest time in a zip: equal sources give an equal wheel.
TIME = (1980, 1, 1, 0, 0, 0)


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: Any = None) -> str:
    """Write the wheel to a folder and return its name, as PEP 517 defines."""
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stem = f"{project['name'].replace('-', '_')}-{project['version']}"
    paths = sorted(path for path in (FOLDER / "src").rglob("*") if path.suffix in SUFFIXES)
    files = {path.relative_to(FOLDER / "src").as_posix(): path.read_bytes() for path in paths}
    wheel = "Wheel-Version: 1.0\nGenerator: wheel_backend\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files |= {f"{stem}.dist-info/METADATA": _metadata(project).encode(), f"{stem}.dist-info/WHEEL": wheel.encode()}
    lines = [*(_record_line(name, content) for name, content in files.items()), f"{stem}.dist-info/RECORD,,\n"]
    files[f"{stem}.dist-info/RECORD"] = "".join(lines).encode()
    with zipfile.ZipFile(Path(wheel_directory) / f"{stem}-py3-none-any.whl", "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, TIME), content)
    return f"{stem}-py3-none-any.whl"


def _metadata(project: dict[str, Any]) -> str:
    """Return the core metadata of the package, with its README as the description."""
    values = [
        ("Metadata-Version", "2.4"),
        ("Name", project["name"]),
        ("Version", project["version"]),
        ("Summary", project["description"]),
        ("License-Expression", project["license"]),
        ("Requires-Python", project["requires-python"]),
        *(("Requires-Dist", requirement) for requirement in project["dependencies"]),
        ("Description-Content-Type", "text/markdown"),
    ]
    lines = [f"{name}: {value}" for name, value in values]
    return "\n".join([*lines, "", (FOLDER / project["readme"]).read_text(encoding="utf-8")])


def _record_line(name: str, content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"{name},sha256={digest},{len(content)}\n"
