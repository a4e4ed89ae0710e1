"""A progress bar on a terminal, nothing in a log."""

from typing import Any

from tqdm import tqdm


def bar(total: int | None, text: str, done: int = 0) -> "tqdm[Any]":
    """A bar over bytes, of which `done` were there before; silent where stderr is no terminal."""
    return tqdm(total=total, initial=done, desc=text, unit="B", unit_scale=True, leave=False, disable=None)
