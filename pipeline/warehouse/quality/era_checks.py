"""Checks that follow from the eras: every event has one, and most events happened in its years."""

from psycopg2.sql import SQL, Composable, Literal

from pipeline.sources import Era, eras
from pipeline.warehouse.quality.checks import Check

# Fewer events outside an era's years are not evidence of a reading error.
MIN_MISREAD = 10

MISREAD = """
with eras (era, first_date, last_date) as (
    values
    {years}
),

files as (
    select era, max(lchg_date)::date + 1 as last_date
    from events
    group by era
),

counted as (
    select
        events.era,
        count(*) as dated,
        count(*) filter (
            where events.ev_date < eras.first_date or events.ev_date > coalesce(eras.last_date, files.last_date)
        ) as outside
    from events
    inner join eras on events.era = eras.era
    inner join files on events.era = files.era
    where events.ev_date is not null
    group by events.era
)

select
    'events' as relation,
    era as row_key,
    format('%s of %s dated events lie outside its years', outside, dated) as detail
from counted
where outside > 0.1 * dated and outside >= {min_misread}"""


def era_checks() -> list[Check]:
    """Return two checks of all events, and one check of the years per era."""
    return [
        Check(
            "required_era",
            "required values",
            "stop",
            0,
            f"era is one of {', '.join(era.name for era in eras())}",
            _unknown_era_query(),
            ("events",),
        ),
        Check(
            "dates_misread",
            "dates",
            "stop",
            0,
            "at most a tenth of the dated events of an era are outside its years",
            _misread_query(),
            ("events",),
        ),
        *map(_years_check, eras()),
    ]


def _years_check(era: Era) -> Check:
    """Return a check that lists events outside an era's years.

    It only warns, because a weekly file may revise an older event.
    """
    years = f"from {era.first_year} to {era.last_year}" if era.last_year else f"{era.first_year} or later"
    query = SQL("""
select 'events' as relation, ev_id as row_key, format('ev_date is %s in %s', ev_date, source_file) as detail
from events
where era = {} and (ev_date < {} or ev_date > {})""").format(Literal(era.name), *_dates(era))
    description = f"events of the era {era.name} happened {years}"
    return Check(f"dates_{era.name}", "dates", "warn", era.allowed_outside, description, query, ("events",))


def _dates(era: Era) -> tuple[Composable, Composable]:
    """Return the first and the last date of an era; the last one is NULL if the era has not ended."""
    last = SQL("date {}").format(Literal(f"{era.last_year}-12-31")) if era.last_year else SQL("null::date")
    return SQL("date {}").format(Literal(f"{era.first_year}-01-01")), last


def _unknown_era_query() -> Composable:
    return SQL("""
select 'events' as relation, ev_id as row_key, format('era is %s', era) as detail
from events
where era not in ({})""").format(SQL(", ").join(Literal(era.name) for era in eras()))


def _misread_query() -> Composable:
    """Return a query for two-digit years read in the wrong century; a few dates outside an era's years are ignored."""
    years = SQL(",\n    ").join(SQL("({}, {}, {})").format(Literal(era.name), *_dates(era)) for era in eras())
    return SQL(MISREAD).format(years=years, min_misread=Literal(MIN_MISREAD))
