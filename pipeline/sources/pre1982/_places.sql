-- needs: ct_pre1982
-- grain: temporary views: us_state, one row per state or territory; state, one row per US code of LOCAT_STATE_TERR; state_suffix, one row

-- Names of states and territories, their postal codes (null where one code covers several territories), and the abbreviations,
-- besides name and postal code, that occur at the end of LOCATION.
create or replace temporary view us_state as
select name, postal, abbreviations
from (
    values
    ('ALABAMA', 'AL', 'ALA'), ('ALASKA', 'AK', 'ALAS'), ('ARIZONA', 'AZ', 'ARIZ'), ('ARKANSAS', 'AR', 'ARK'),
    ('CALIFORNIA', 'CA', 'CALIF|CAL'), ('COLORADO', 'CO', 'COLO'), ('CONNECTICUT', 'CT', 'CONN'),
    ('DELAWARE', 'DE', 'DEL'), ('DISTRICT OF COLUMBIA', 'DC', 'D C'), ('FLORIDA', 'FL', 'FLA'),
    ('GEORGIA', 'GA', 'GA'), ('HAWAII', 'HI', 'HAW'), ('IDAHO', 'ID', 'IDA'), ('ILLINOIS', 'IL', 'ILL'),
    ('INDIANA', 'IN', 'IND'), ('IOWA', 'IA', 'IA'), ('KANSAS', 'KS', 'KANS|KAN'), ('KENTUCKY', 'KY', 'KY'),
    ('LOUISIANA', 'LA', 'LA'), ('MAINE', 'ME', 'ME'), ('MARYLAND', 'MD', 'MD'), ('MASSACHUSETTS', 'MA', 'MASS'),
    ('MICHIGAN', 'MI', 'MICH'), ('MINNESOTA', 'MN', 'MINN'), ('MISSISSIPPI', 'MS', 'MISS'), ('MISSOURI', 'MO', 'MO'),
    ('MONTANA', 'MT', 'MONT'), ('NEBRASKA', 'NE', 'NEBR|NEB'), ('NEVADA', 'NV', 'NEV'),
    ('NEW HAMPSHIRE', 'NH', 'N H|N HAMP'), ('NEW JERSEY', 'NJ', 'N J'), ('NEW MEXICO', 'NM', 'N M|N MEX'),
    ('NEW YORK', 'NY', 'N Y'), ('NORTH CAROLINA', 'NC', 'N C|N CAR'), ('NORTH DAKOTA', 'ND', 'N D|N DAK'),
    ('OHIO', 'OH', 'OH'), ('OKLAHOMA', 'OK', 'OKLA'), ('OREGON', 'OR', 'OREG|ORE'),
    ('PENNSYLVANIA', 'PA', 'PENNA|PENN'), ('RHODE ISLAND', 'RI', 'R I'), ('SOUTH CAROLINA', 'SC', 'S C|S CAR'),
    ('SOUTH DAKOTA', 'SD', 'S D|S DAK'), ('TENNESSEE', 'TN', 'TENN'), ('TEXAS', 'TX', 'TEX'), ('UTAH', 'UT', 'UT'),
    ('VERMONT', 'VT', 'VT'), ('VIRGINIA', 'VA', 'VA'), ('WASHINGTON', 'WA', 'WASH'), ('WEST VIRGINIA', 'WV', 'W VA'),
    ('WISCONSIN', 'WI', 'WISC|WIS'), ('WYOMING', 'WY', 'WYO'), ('PUERTO RICO', 'PR', 'P R'),
    ('VIRGIN ISLANDS', 'VI', 'V I'), ('AMERICAN SAMOA', 'AS', 'SAMOA'), ('GUAM', 'GU', 'GUAM'),
    ('CANAL ZONE', 'CZ', 'C Z'), ('UNITED STATES', null, null), ('US TERRITORIES & POSSESSIONS', null, null),
    ('OTHER US TERRITORY', null, null)
) as supplement (name, postal, abbreviations);

-- The numbers of LOCAT_STATE_TERR are decoded by the names in the code list of the file, not by position or as FIPS codes.
create or replace temporary view state as
select distinct on (btrim(ct_pre1982.code)) btrim(ct_pre1982.code) as code, us_state.postal
from ct_pre1982 inner join us_state on us_state.name = upper(btrim(ct_pre1982.meang))
where upper(btrim(ct_pre1982.name)) = 'LOCAT_STATE_TERR'
order by btrim(ct_pre1982.code), ct_pre1982.source_row;

-- Regular expression for a state at the end of a location. From 1964 there is no comma after the city, so that only a known state
-- is removed ('TUJUNGA CALIF', but not 'MEXICO CITY'); a blank in its name may be a period or missing. The pattern matches the
-- suffix only: matching the whole text takes four times as long.
create or replace temporary view state_suffix as
select
    '(?<=\S)[ .]+(?:'
    || replace(string_agg(concat_ws('|', name, postal, abbreviations), '|' order by name), ' ', '[ .]*')
    || ')[.]?$' as pattern
from us_state
where postal is not null;
