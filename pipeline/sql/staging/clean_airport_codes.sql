-- needs: airports, unlisted_airports
-- grain: one row per code and airport of the United States that has it, or had it
-- kind: view
-- schema: staging
-- FAA's identifier precedes the ICAO code, and that the IATA code: of current airports, only one has a code. NTSB writes K before
-- identifiers that are not ICAO codes.
-- column: code Identifier of FAA or code of ICAO or IATA, in upper case.
-- column: airport_id Identifier of the airport, as in clean_airports.
-- column: similar_code The code with 0 in place of O.
-- column: is_present True for a code of today; false for an earlier code, or one of an airport that is not current.
with current_code as (
    select distinct on (code) code, icao as airport_id
    from airports
    cross join lateral (values (1, local_id), (2, icao), (3, iata), (4, 'K' || local_id)) as codes (precedence, code)
    where code is not null and country = 'US'
    order by code, precedence, icao
)

select code, airport_id, translate(code, 'O', '0') as similar_code, bool_or(is_present) as is_present
from (
    select code, airport_id, true as is_present from current_code
    union all
    select codes.code, unlisted_airports.airport, false
    from unlisted_airports
    cross join lateral (values (unlisted_airports.code), ('K' || unlisted_airports.code)) as codes (code)
    where codes.code is not null
) as stated
group by code, airport_id
