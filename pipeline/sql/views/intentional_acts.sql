-- needs: clean_findings, seq_of_events
-- grain: one row per event since 1982 in which NTSB states suicide, sabotage, or a stolen aircraft or its unauthorized use
-- kind: view
-- NTSB excludes these accidents from its rates. Since 2008 they are findings (Intentional act), before that subjects of the sequence of
-- events: 24707, 24708 and 24710.
-- column: is_suicide True where NTSB states suicide.
-- column: is_sabotage True where NTSB states sabotage.
-- column: is_stolen True where NTSB states a stolen aircraft or its unauthorized use.
with act as (
    select
        ev_id,
        case left(finding_code, 8) when '02051010' then 'sabotage' when '02051015' then 'suicide' when '02051020' then 'stolen' end as kind
    from clean_findings
    where finding_code like '020510%'
    union all
    select ev_id, case subj_code when 24707 then 'suicide' when 24708 then 'stolen' when 24710 then 'sabotage' end
    from seq_of_events
    where subj_code in (24707, 24708, 24710)
)

select
    ev_id,
    bool_or(kind = 'suicide') as is_suicide,
    bool_or(kind = 'sabotage') as is_sabotage,
    bool_or(kind = 'stolen') as is_stolen
from act
where kind is not null
group by ev_id
