-- needs: aircraft_family_coverage
-- grain: one row per era and homebuilt, with the number of aircraft in the United States that have a family and a class
select
    era,
    homebuilt,
    aircraft,
    with_name,
    with_family,
    class_by_rule,
    class_by_characteristics,
    without_class,
    ambiguous,
    conflicting
from aircraft_family_coverage
where location = 'US'
order by era collate "C", homebuilt collate "C";
