"""Is luigi.cfg what settings.py asks for? A key that nothing reads is a mistake, and so is one that is not there."""

import configparser
import difflib
import os
from pathlib import Path

import luigi
import luigi.interface
import luigi.retcodes
import luigi.scheduler
import luigi.worker

from pipeline import settings
from pipeline.errors import PipelineError


def _expected() -> dict[str, set[str]]:
    """Keys of every section that belongs to the pipeline."""
    return {section.__name__: {name for name, _ in section.get_params()} for section in settings.SECTIONS}


# Luigi's own sections that are classes; it reads these few keys of [core] without one.
LUIGIS = (luigi.interface.core, luigi.worker.worker, luigi.scheduler.scheduler, luigi.retcodes.retcode)
LOOSE = {"autoload_range", "rpc_connect_timeout", "rpc_retry_attempts", "rpc_retry_wait"} | {
    f"default_scheduler_{part}" for part in ("host", "port", "url")
}


def _known() -> dict[str, set[str]]:
    """Keys of every section that may stand in the file; [resources] takes any name."""
    luigis = {section.__name__: {name for name, _ in section.get_params()} for section in LUIGIS}
    luigis["core"] |= LOOSE
    return _expected() | luigis


def _near(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]}?" if close else " Remove it."


def _read(path: Path) -> configparser.ConfigParser:
    # Without interpolation: addresses hold percent signs. Case matters, as it does to a parameter's name.
    parser = configparser.ConfigParser(interpolation=None)
    # A method by its type, and replaced by a function as configparser documents it.
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    with path.open(encoding="utf-8") as file:
        parser.read_file(file)
    return parser


def _unreadable(parser: configparser.ConfigParser, path: Path) -> list[str]:
    """Values that their parameter cannot read, such as a word where a number belongs."""
    mistakes = []
    for section in settings.SECTIONS:
        for name, parameter in section.get_params():
            text = parser.get(section.__name__, name, fallback=None)
            if text is None:
                continue
            try:
                parameter.normalize(parameter.parse(text))
            except (ValueError, TypeError) as error:
                kind = type(parameter).__name__.removesuffix("Parameter").lower()
                mistakes.append(f"{path}: [{section.__name__}] {name} = {text} is not of the kind {kind}: {error}.")
    return mistakes


def _unknown(parser: configparser.ConfigParser, path: Path) -> list[str]:
    known = _known()
    mistakes = []
    for name in parser.sections():
        if name not in known and name not in settings.LUIGI_SECTIONS:
            mistakes.append(f"{path}: section [{name}] is unknown.{_near(name, {*known, *settings.LUIGI_SECTIONS})}")
        for key in parser[name] if name in known else ():
            if key.replace("-", "_") not in known[name]:
                mistakes.append(f"{path}: [{name}] {key} is unknown.{_near(key, known[name])}")
    return mistakes


def _missing(parser: configparser.ConfigParser, path: Path) -> list[str]:
    present = {name: set(parser[name]) for name in parser.sections()}
    absent = [(name, key) for name, keys in _expected().items() for key in sorted(keys - present.get(name, set()))]
    return [f"{path}: [{name}] {key} is missing: add it." for name, key in absent]


def check(path: Path, whole: bool = True) -> list[str]:
    """Every mistake in a configuration file, a sentence each: unknown sections and keys, values that cannot be read,
    and, where the file is to be `whole`, keys that are not there.
    """
    try:
        parser = _read(path)
    except (OSError, configparser.Error, UnicodeDecodeError) as error:
        return [f"{path}: cannot be read as a configuration file: {' '.join(str(error).split())}."]
    return _unknown(parser, path) + (_missing(parser, path) if whole else []) + _unreadable(parser, path)


def mistakes() -> list[str]:
    """Mistakes of the repository's luigi.cfg, of the file in LUIGI_CONFIG_PATH (a few keys suffice there), and of the
    place: Luigi looks for luigi.cfg in the current folder.
    """
    found = check(settings.REPOSITORY / "luigi.cfg")
    if other := os.environ.get("LUIGI_CONFIG_PATH"):
        found += check(Path(other), whole=False)
    if not found and not luigi.configuration.get_config().has_section(settings.Sources.__name__):
        found.append(f"Luigi finds no luigi.cfg in {Path.cwd()}: run from {settings.REPOSITORY}.")
    return found


def require_valid() -> None:
    """Raise one PipelineError with all mistakes."""
    if found := mistakes():
        raise PipelineError("Mistakes in the configuration:\n" + "\n".join(f"  {mistake}" for mistake in found))
