-- needs: nothing
-- grain: one row per engine of an aircraft, with its propeller
create table engines (
    ev_id text not null,
    aircraft_key integer not null,
    eng_no integer not null,
    eng_type text,
    eng_mfgr text,
    eng_model text,
    power_units integer,
    hp_or_lbs text,
    lchg_userid text,
    lchg_date timestamp,
    carb_fuel_injection text,
    propeller_type text,
    propeller_make text,
    propeller_model text,
    eng_time_total real,
    eng_time_last_insp real,
    eng_time_overhaul real,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table engines is 'One row per engine of an aircraft, with its propeller.';
