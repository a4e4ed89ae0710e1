"""What commands need to know of a store before they look into it: is there a release, and which."""

from pipeline.errors import PipelineError
from pipeline.postgres.connection import database_exists, fetch_value, transaction


def require_release(command: str) -> str:
    """The id of the release that readers see. Raises PipelineError, and makes no database, where there is none."""
    found = _release(command) if database_exists() else None
    if found is None:
        raise PipelineError(
            f"{command}: expected a published release, found none; run `luigi --module pipeline AllReports`"
        )
    return found


def _release(command: str) -> str | None:
    with transaction(read_only=True) as cursor:
        # Made by Prepare, after audit.release.
        if fetch_value(cursor, "select to_regclass('audit.publication_log')") is None:
            return None
        if fetch_value(cursor, "select to_regprocedure('history.reverse_rows(integer, integer)')") is None:
            raise PipelineError(
                f"{command}: expected a database that was prepared by this version, found an earlier one's; run "
                "`luigi --module pipeline PrepareDatabase` once, which changes nothing that is published"
            )
        found = fetch_value(cursor, "select id from audit.release where is_current")
        return str(found) if found else None
