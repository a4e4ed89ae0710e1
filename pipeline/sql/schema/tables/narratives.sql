-- needs: nothing
-- grain: one row per aircraft with narratives: preliminary (narr_accp), factual (narr_accf), probable cause (narr_cause), incident (narr_inc)
-- convert: narr_accp to_memo
-- convert: narr_accf to_memo
-- convert: narr_cause to_memo
-- convert: narr_inc to_memo
-- trigger: search_vector <- full_text
create table narratives (
    ev_id text not null,
    aircraft_key integer not null,
    narr_accp text,
    narr_accf text,
    narr_cause text,
    narr_inc text,
    lchg_date timestamp,
    lchg_userid text,
    era text not null,
    source_file text not null,
    source_row bigint not null,
    search_vector tsvector
);

-- Not a generated column: a rebuilt table copies the vectors of unchanged narratives from the published one.
create trigger full_text before insert or update of narr_accp, narr_accf, narr_cause, narr_inc, search_vector on narratives
for each row execute function convert.fill_full_text();

comment on table narratives is
'One row per aircraft with narratives: preliminary (narr_accp), factual (narr_accf), probable cause (narr_cause), incident (narr_inc).';
