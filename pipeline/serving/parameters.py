"""Query parameters of the HTTP API: types, bounds and examples, from which OpenAPI is generated."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

MAX_LIMIT = 1000
MAX_VALUES = 50

# PostgreSQL stores no NUL, and control characters are in no value.
Word = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
Words = Annotated[list[Word], Field(max_length=MAX_VALUES)]
EventId = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
ReleaseId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=63, pattern=r"^[a-z_][a-z0-9_]*$")]
Format = Annotated[
    Literal["json", "csv", "geojson", "parquet"] | None,
    Field(description="Format of the response; by default the one that the header Accept asks for, else JSON."),
]
NUMBER = r"-?[0-9]{1,3}(\.[0-9]{1,12})?"
POINT = Annotated[str, StringConstraints(pattern=f"^{NUMBER},{NUMBER}$")]


def _upper(value: object) -> object:
    return [item.upper() if isinstance(item, str) else item for item in value] if isinstance(value, list) else value


Codes = Annotated[Words, BeforeValidator(_upper)]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]
Year = Annotated[int, Field(ge=1900, le=2200)]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Largest number of rows in the response.")]
Cursor = Annotated[
    str | None,
    Field(max_length=400, pattern=r"^[A-Za-z0-9_=-]+$", description="`next_cursor` of the page before."),
]


class Page(BaseModel):
    """Size and position of a page, and its format. Unknown parameters are rejected."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    limit: Limit = 100
    cursor: Cursor = None
    format: Format = None
    columns: Annotated[
        list[Name], Field(max_length=MAX_VALUES, description="Columns of the response; all by default.")
    ] = []


class BasicFilter(Page):
    """Filters on columns of the table `events`."""

    from_date: Annotated[Day | None, Field(alias="from", description="First date.", examples=["2019-06-01"])] = None
    to_date: Annotated[Day | None, Field(alias="to", description="Last date.", examples=["2019-06-30"])] = None
    year: Annotated[Year | None, Field(description="Year of the date.", examples=[2019])] = None
    state: Annotated[Codes, Field(description="Codes of states; repeat the parameter for several.")] = []
    country: Annotated[Codes, Field(description="Codes of countries, such as USA.")] = []
    severity: Annotated[
        list[Literal["FATL", "SERS", "MINR", "NONE"]],
        Field(max_length=4, description="Highest injury of the event."),
    ] = []
    sort: Annotated[
        Literal["ev_id", "-ev_id", "ev_date", "-ev_date"],
        Field(description="Order; `-` is descending. Events without a date are last."),
    ] = "ev_id"


class EventFilter(BasicFilter):
    """Filters of /v1/events; all of them apply, and one aircraft of the event meets all those on aircraft."""

    ntsb_no: Annotated[Word | None, Field(description="NTSB number, such as ERA10LA201.")] = None
    regis_no: Annotated[Word | None, Field(description="Registration number of an aircraft, such as N6610K.")] = None
    make: Annotated[Word | None, Field(description="Make of an aircraft: standard name, or as written.")] = None
    model: Annotated[Word | None, Field(description="Model of an aircraft: standard name, or as written.")] = None
    far_part: Annotated[Codes, Field(description="Codes of the part of 14 CFR of an aircraft, such as 091.")] = []
    phase: Annotated[Codes, Field(description="Broad phases of flight, such as LANDING.")] = []
    near: Annotated[
        POINT | None, Field(description="Latitude and longitude in degrees: 61.2,-149.9.", examples=["61.2,-149.9"])
    ] = None
    airport: Annotated[
        Word | None, Field(description="ICAO, IATA or FAA identifier of an airport, as center instead of `near`.")
    ] = None
    radius_km: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False, description="Distance in kilometers.")] = 50
    q: Annotated[Word | None, Field(description="Words of the narratives, as in a search engine.")] = None


class BasicAircraftFilter(Page):
    """Filters on columns of the tables `aircraft` and `events`."""

    ev_id: EventId | None = None
    regis_no: Annotated[Word | None, Field(description="Registration number, such as N6610K.")] = None
    far_part: Annotated[Codes, Field(description="Codes of the part of 14 CFR, such as 091.")] = []
    year: Annotated[Year | None, Field(description="Year of the event.")] = None
    state: Annotated[Codes, Field(description="Codes of the states of the event.")] = []


class AircraftFilter(BasicAircraftFilter):
    """Filters of /v1/aircraft; all of them apply."""

    make: Annotated[Word | None, Field(description="Make: standard name, or as written.")] = None
    model: Annotated[Word | None, Field(description="Model: standard name, or as written.")] = None
