-- needs: tblfirsthalf, us_state, state
-- flags: tblFirstHalf.LOCATION ends with a state that is not that of LOCAT_STATE_TERR
-- The state follows a comma, or is the last one to three words after the city; of several readings the longest one applies: W VA, not VA.
with spellings as (
    select us_state.postal, translate(spelling.text_value, ' .', '') as spelling
    from us_state
    cross join
        lateral (
            values (us_state.name), (us_state.postal)
            union all
            select unnest(string_to_array(us_state.abbreviations, '|'))
        ) as spelling (text_value)
    where us_state.postal is not null
),

locations as (
    select
        tblfirsthalf.source_row, state.postal,
        upper(tblfirsthalf.location) like '%,%' as has_comma,
        regexp_split_to_array(btrim(upper(tblfirsthalf.location), ' .'), '[ .]+') as words,
        translate(regexp_replace(upper(tblfirsthalf.location), '^.*,', ''), ' .', '') as after_comma
    from tblfirsthalf
    inner join state on tblfirsthalf.locat_state_terr = state.code
    where state.postal is not null and tblfirsthalf.location <> ''
),

readings as (
    select source_row, postal, after_comma as reading, 1 as n_words
    from locations
    where has_comma
    union all
    select
        locations.source_row, locations.postal,
        array_to_string(locations.words[cardinality(locations.words) - length.n_words + 1:], ''), length.n_words
    from locations
    cross join generate_series(1, 3) as length (n_words)
    where not locations.has_comma and cardinality(locations.words) > length.n_words
),

written as (
    select distinct on (readings.source_row) readings.source_row, readings.postal, spellings.postal as written_postal
    from readings
    inner join spellings on readings.reading = spellings.spelling
    order by readings.source_row, readings.n_words desc
)

select source_row from written
where written_postal <> postal
