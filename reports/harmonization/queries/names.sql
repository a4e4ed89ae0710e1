-- needs: aircraft_names
-- grain: one row per era, with the number of makes and models in the lists of names
select
    era,
    count(*) as aircraft,
    count(*) filter (where make_confidence = 'exact') as make_exact,
    count(*) filter (where make_confidence = 'alias') as make_alias,
    count(*) filter (where make_confidence = 'none') as make_none,
    count(*) filter (where make_confidence = 'missing') as make_missing,
    count(*) filter (where model_confidence = 'exact') as model_exact,
    count(*) filter (where model_confidence = 'alias') as model_alias,
    count(*) filter (where model_confidence = 'none') as model_none,
    count(*) filter (where model_confidence = 'missing') as model_missing
from aircraft_names
group by era
order by era collate "C";
