-- needs: ct_pre1982
-- grain: temporary views: state, one row per code of LOCAT_STATE_TERR of the US; written, one row: how a place may end

-- Names of states and territories, their postal codes (null where the code is for more than one territory), and the
-- abbreviations that LOCATION ends in besides name and postal code.
create or replace temporary view us_place as
select name, postal, endings
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
) as supplement (name, postal, endings);

-- The numbers of LOCAT_STATE_TERR are decoded by the file's own names, never by position or FIPS.
create or replace temporary view state as
select distinct on (btrim(ct_pre1982.code)) btrim(ct_pre1982.code) as code, us_place.postal
from ct_pre1982 inner join us_place on us_place.name = upper(btrim(ct_pre1982.meang))
where upper(btrim(ct_pre1982.name)) = 'LOCAT_STATE_TERR'
order by btrim(ct_pre1982.code), ct_pre1982.source_row;

-- From 1964 the city has no comma after it. Only an ending that is a state is taken off ('TUJUNGA CALIF', but not
-- 'MEXICO CITY'); a blank in it may be a full stop or nothing. The pattern is that ending alone: asking for the rest of
-- the text too would take four times as long.
create or replace temporary view written as
select
    '(?<=\S)[ .]+(?:'
    || replace(string_agg(concat_ws('|', name, postal, endings), '|' order by name), ' ', '[ .]*')
    || ')[.]?$' as pattern
from us_place
where postal is not null;
