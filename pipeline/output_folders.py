"""The folders that a run fills and that `clean` deletes: each has a marker file, written when the folder was empty."""

import os
import shutil
from pathlib import Path

from pipeline import config
from pipeline.errors import PipelineError

MARKER = ".ntsb-pipeline"
MARKER_TEXT = "Output of the NTSB pipeline: `make clean` deletes this folder.\n"


def output_folders() -> tuple[Path, ...]:
    """Return the folders of cached targets, of MLflow and of reports; not those of the append-only logs."""
    return config.targets_folder(), config.mlflow_folder(), config.html_folder()


def create_folders() -> None:
    """Create the folders that do not exist and mark those that are empty.

    Raises PipelineError if that is impossible.
    """
    for folder in output_folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not any(folder.iterdir()):
                (folder / MARKER).write_text(MARKER_TEXT, encoding="utf-8")
        except OSError as error:
            raise PipelineError(
                f"{folder}: expected a folder that can be written, found: {error.strerror}; correct it, or choose "
                "another folder with NTSB_STORE"
            ) from error


def folders_to_delete() -> list[Path]:
    """Return the folders that exist. Raises PipelineError with each one that is not certainly the pipeline's own."""
    folders = [folder for folder in output_folders() if os.path.lexists(folder)]
    if problems := [problem for folder in folders if (problem := _problem(folder))]:
        raise PipelineError("clean: nothing was deleted.\n" + "\n".join(problems))
    return folders


def delete_folders() -> None:
    """Delete the folders. Links inside them are removed, not followed."""
    for folder in folders_to_delete():
        shutil.rmtree(folder)


def _problem(folder: Path) -> str:
    """Return why a folder must not be deleted, or an empty string."""
    root = config.store_folder()
    below = [folder, *(parent for parent in folder.parents if parent.is_relative_to(root) and parent != root)]
    links = [path for path in below if path.is_symlink()]
    if links:
        return f"{links[-1]}: expected a folder, found a link to {links[-1].readlink()}; remove the link yourself"
    marker = folder / MARKER
    if not folder.is_dir() or marker.is_symlink() or not marker.is_file():
        return f"{folder}: expected the file {MARKER}, which marks output of the pipeline, found none; " + (
            "if it contains nothing else, delete it yourself"
        )
    return ""
