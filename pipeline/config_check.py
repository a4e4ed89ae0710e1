"""Mistakes in luigi.cfg: unknown keys, missing keys, invalid values, and settings that contradict each other."""

import configparser
import difflib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import luigi
import luigi.interface
import luigi.retcodes
import luigi.scheduler
import luigi.worker
from luigi.cmdline_parser import CmdlineParser

from pipeline.config import REPOSITORY, SECTIONS, Api, Corrections, Reference, store_folder
from pipeline.errors import PipelineError
from pipeline.warehouse import registry_file, weather_file

# (setting of [Reference], what it names, the files at its path)
REFERENCE_FILES: tuple[tuple[str, str, Callable[[Path], list[Path]]], ...] = (
    ("exposure", "a CSV file", lambda path: [path] if path.is_file() else []),
    ("registry", "a zip or a folder of FAA's files", registry_file.list_files),
    ("weather", "a CSV file or a folder of them", weather_file.list_files),
)
DEFAULT_CORRECTIONS = "corrections"
LUIGI_SECTIONS = ("core", "worker", "scheduler", "resources", "retcode", "task_history")


def _expected_keys() -> dict[str, set[str]]:
    """Return {section: keys} of the pipeline's sections."""
    return {section.__name__: {name for name, _ in section.get_params()} for section in SECTIONS}


# Luigi's sections with a class, and the keys of [core] that it reads without one.
LUIGI_CLASSES = (luigi.interface.core, luigi.worker.worker, luigi.scheduler.scheduler, luigi.retcodes.retcode)
CORE_KEYS = {"autoload_range", "rpc_connect_timeout", "rpc_retry_attempts", "rpc_retry_wait"} | {
    f"default_scheduler_{part}" for part in ("host", "port", "url")
}


def _known_keys() -> dict[str, set[str]]:
    """Return {section: keys} of all sections with a fixed set of keys; [resources] accepts any name."""
    luigi_keys = {section.__name__: {name for name, _ in section.get_params()} for section in LUIGI_CLASSES}
    luigi_keys["core"] |= CORE_KEYS
    return _expected_keys() | luigi_keys


def _suggestion(name: str, known: set[str]) -> str:
    matches = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {matches[0]}?" if matches else " Remove it."


def _read_file(path: Path) -> configparser.ConfigParser:
    # Without interpolation, because URLs contain percent signs. Keys are case-sensitive, as parameter names are.
    parser = configparser.ConfigParser(interpolation=None)
    # configparser documents this assignment; its type says method.
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    with path.open(encoding="utf-8") as file:
        parser.read_file(file)
    return parser


def _invalid_values(parser: configparser.ConfigParser, path: Path) -> list[str]:
    """Return a message for each value that its parameter rejects: of another type, out of bounds, or not a choice."""
    rejected = _rejected_texts(lambda section, name: parser.get(section, name, fallback=None))
    return [f"{path}: [{section}] {name}: {problem}" for section, name, problem in rejected]


def _invalid_options() -> list[str]:
    """Return a message for each setting on the command line of a run that its parameter rejects."""
    parser = CmdlineParser.get_instance()
    options = vars(parser.known_args) if parser else {}
    rejected = _rejected_texts(lambda section, name: options.get(f"{section}_{name}"))
    return [f"--{section}-{name.replace('_', '-')}: {problem}" for section, name, problem in rejected]


def _rejected_texts(text_of: Callable[[str, str], str | None]) -> Iterator[tuple[str, str, str]]:
    """Yield (section, setting, problem) of each text that its parameter rejects; `text_of`: None without a text."""
    for section in SECTIONS:
        for name, parameter in section.get_params():
            text = text_of(section.__name__, name)
            if text is not None and not _is_valid(parameter, text):
                problem = f"expected {_permitted_values(parameter)}, found {text}; correct it."
                yield section.__name__, name, problem


def _is_valid(parameter: luigi.Parameter, text: str) -> bool:
    try:
        parameter.normalize(parameter.parse(text))
    except (ValueError, TypeError):
        return False
    return True


def _permitted_values(parameter: luigi.Parameter) -> str:
    """Return the permitted values as Luigi describes them, such as `int in [1, 10]`, else the type of the parameter."""
    if choices := getattr(parameter, "_choices", None):
        return ", ".join(sorted(map(str, choices)))
    permitted = re.sub("^.*permitted values: ", "", parameter.description or "")
    return permitted or f"a {type(parameter).__name__.removesuffix('Parameter').lower()}"


def _unknown_keys(parser: configparser.ConfigParser, path: Path) -> list[str]:
    """Return a message for each unknown section and key, with the most similar known name."""
    known = _known_keys()
    mistakes = []
    for name in parser.sections():
        if name not in known and name not in LUIGI_SECTIONS:
            mistakes.append(f"{path}: section [{name}] is unknown.{_suggestion(name, {*known, *LUIGI_SECTIONS})}")
        for key in parser[name] if name in known else ():
            if key.replace("-", "_") not in known[name]:
                mistakes.append(f"{path}: [{name}] {key} is unknown.{_suggestion(key, known[name])}")
    return mistakes


def _missing_keys(parser: configparser.ConfigParser, path: Path) -> list[str]:
    """Return a message for each setting that the file lacks."""
    present = {name: set(parser[name]) for name in parser.sections()}
    absent = [(name, key) for name, keys in _expected_keys().items() for key in sorted(keys - present.get(name, set()))]
    return [f"{path}: [{name}] {key} is missing: add it." for name, key in absent]


def check_file(path: Path, require_all: bool = True) -> list[str]:
    """Return all mistakes in a file: unknown sections and keys, invalid values and, if `require_all`, missing keys."""
    try:
        parser = _read_file(path)
    except (OSError, configparser.Error, UnicodeDecodeError) as error:
        return [f"{path}: cannot be read as a configuration file: {' '.join(str(error).split())}."]
    return (
        _unknown_keys(parser, path)
        + (_missing_keys(parser, path) if require_all else [])
        + _invalid_values(parser, path)
    )


def _contradictions() -> list[str]:
    """Return a message for each setting that names no file, for months in reverse order, and for an unusable store."""
    mistakes, api, reference = [], Api(), Reference()
    try:
        store_folder()
    except PipelineError as error:
        mistakes.append(str(error))
    for name, expected, list_files in REFERENCE_FILES:
        if (path := getattr(reference, name)) and not (Path(path).exists() and list_files(Path(path))):
            mistakes.append(f"[Reference] {name}: expected {expected}, found none at {path}; correct the path.")
    corrections = Corrections()
    # The default folder may be absent; another one that is missing would publish uncorrected values.
    if corrections.folder != DEFAULT_CORRECTIONS and not corrections.resolved_folder().is_dir():
        folder = corrections.resolved_folder()
        mistakes.append(f"[Corrections] folder: expected a folder, found none at {folder}; correct the path.")
    if api.last_month and api.last_month < api.first_month:
        mistakes.append(
            f"[Api] last_month: expected {api.first_month} (first_month) or later, found {api.last_month}; correct it."
        )
    return mistakes


def find_mistakes() -> list[str]:
    """Return mistakes in luigi.cfg, the file of LUIGI_CONFIG_PATH, which may have fewer keys, and options of a run.

    A file that a setting names and that does not exist is a mistake too.
    """
    mistakes = check_file(REPOSITORY / "luigi.cfg")
    if other := os.environ.get("LUIGI_CONFIG_PATH"):
        mistakes += check_file(Path(other), require_all=False)
    mistakes += _invalid_options()
    return mistakes or _contradictions()


def require_valid() -> None:
    """Raise PipelineError with all mistakes in the configuration."""
    if mistakes := find_mistakes():
        raise PipelineError("Mistakes in the configuration:\n" + "\n".join(f"  {mistake}" for mistake in mistakes))
