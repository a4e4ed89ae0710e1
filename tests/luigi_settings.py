"""Settings of luigi.cfg that a test changes in its own process."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from luigi.configuration import get_config


@contextmanager
def changed_settings(settings: Mapping[tuple[str, str], str]) -> Iterator[None]:
    """Sets {(section, name): text} of settings that luigi.cfg has, and restores them."""
    config = get_config()
    before = {key: config.get(*key) for key in settings}
    try:
        for key, text in settings.items():
            config.set(*key, text)
        yield
    finally:
        for key, text in before.items():
            config.set(*key, text)
