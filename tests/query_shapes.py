"""The queries of the documentation; those of the guide to queries have an index and variants with other values."""

import re
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection
from psycopg2.sql import SQL, Literal

from tests.architecture.tree import REPOSITORY

PAGE = REPOSITORY / "docs" / "how-to" / "query-the-database.md"
BLOCK = re.compile(
    r"^```sql name=(?P<name>\S+)(?: index=(?P<index>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
# Every query of the documentation; blocks of the guides that create a file are excluded.
DOCUMENTED = re.compile(r"^```sql(?: name=[^\n]*)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# {name: (table to draw values from, {text in the query: expression of its columns that replaces it})}
MISSPELLED = "overlay({} placing 'x' from 3 for 1)"
# Two words of a narrative, from the start of its alphabetical list.
WORDS = "(select string_agg(word, ' ') from unnest((tsvector_to_array(search_vector))[2:3]) as word)"
OTHER_VALUES: dict[str, tuple[str, dict[str, str]]] = {
    "event-by-id": ("events", {"'20100116X22125'": "ev_id"}),
    "event-by-number": ("events", {"'ERA10LA201'": "ntsb_no"}),
    "period": ("events", {"'2019-06-01'": "ev_date::text", "'2019-06-30'": "(ev_date + 29)::text"}),
    "state-and-year": ("events", {"'AK'": "ev_state", "2019": "ev_year"}),
    "year-and-severity": ("events", {"2019": "ev_year", "'FATL'": "ev_highest_injury"}),
    "within-50-km": ("events", {"-149.9": "st_x(geom)", "61.2": "st_y(geom)"}),
    "city-spelled-approximately": ("events", {"'Mesquit Bay'": MISSPELLED.format("ev_city")}),
    "airport-containing": ("events", {"'%mesquite%'": "'%' || substr(lower(apt_name), 2, 6) || '%'"}),
    "make-spelled-approximately": ("aircraft", {"'Grumann'": MISSPELLED.format("acft_make")}),
    "make-and-model": ("aircraft", {"'grumman'": "lower(acft_make)", "'G-164'": "acft_model"}),
    "airframe": ("aircraft", {"'N6610K'": "regis_no"}),
    "words-in-narratives": ("narratives", {"'flying speed'": WORDS}),
    "findings-by-prefix": ("findings", {"'010620%'": "left(finding_code, 6) || '%'"}),
    "occurrence-since-2008": ("events_sequence", {"'600470'": "occurrence_code"}),
    "occurrence-before-2008": ("occurrences", {"260": "occurrence_code"}),
    "cause-before-2008": ("seq_of_events", {"24539": "subj_code"}),
    "cause-1962-1981": ("pre1982_causes", {"'6417'": "cause_code"}),
    "three-tables": ("events", {"'AK'": "ev_state", "2019": "ev_year"}),
    "summary-by-id": ("events", {"'20100116X22125'": "ev_id"}),
    "summary-of-state-and-year": ("events", {"'AK'": "ev_state", "2019": "ev_year"}),
}


@dataclass(frozen=True)
class QueryShape:
    """A query of the page, and the index that its plan uses; none for a query of views."""

    name: str
    index: str | None
    sql: str

    def variants(self, connection: Connection, count: int) -> list[str]:
        """The query with the values of up to `count` rows, the same for the same rows."""
        table, replaced = OTHER_VALUES[self.name]
        values = ", ".join(replaced.values())
        query = f"select {values} from {table} where row({values}) is not null order by md5(ev_id), ev_id limit {count}"
        with connection.cursor() as cursor:
            cursor.execute(query)
            return [self._with(connection, dict(zip(replaced, row, strict=True))) for row in cursor.fetchall()]

    def _with(self, connection: Connection, values: dict[str, object]) -> str:
        text = self.sql
        for old, new in values.items():
            text = text.replace(old, SQL("{}").format(Literal(new)).as_string(connection))
        return text


def shapes() -> list[QueryShape]:
    """All queries of the page, in order."""
    return [QueryShape(m["name"], m["index"], m["text"].strip()) for m in BLOCK.finditer(PAGE.read_text())]


def documented() -> list[tuple[str, str]]:
    """(page, statements) of every block of SQL in README and docs, in order."""
    pages = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
    return [
        (str(page.relative_to(REPOSITORY)), text)
        for page in pages
        for text in DOCUMENTED.findall(page.read_text(encoding="utf-8"))
    ]
