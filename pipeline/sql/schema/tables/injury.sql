-- needs: nothing
-- grain: one row per aircraft, person category and injury level; the categories TOTL and ABRD are sums of other rows
create table injury (
    ev_id text not null,
    aircraft_key integer not null,
    inj_person_category text not null,
    injury_level text not null,
    inj_person_count integer,
    lchg_date timestamp,
    lchg_userid text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table injury is
'One row per aircraft, person category and injury level; the categories TOTL and ABRD are sums of other rows.';
