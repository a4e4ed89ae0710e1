-- needs: nothing
-- grain: one row per aircraft in an event that has prose: account, facts, probable cause, incident
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

-- Not a generated column: a table that is built anew takes the vectors of unchanged prose from the published one.
create trigger full_text before insert or update of narr_accp, narr_accf, narr_cause, narr_inc, search_vector on narratives
for each row execute function convert.fill_full_text();

comment on table narratives is
'One row per aircraft in an event that has prose: account, facts, probable cause, incident.';
comment on column narratives.search_vector is 'English full text of the four narratives. Derived.';
comment on column narratives.era is 'Which database of NTSB the row is from: avall, pre2008 or pre1982.';
comment on column narratives.source_file is 'File the row is from: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column narratives.source_row is
'Number of the row in its table of that file, from 1 on, as mdb-export gives them.';
