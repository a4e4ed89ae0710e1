-- needs: events
-- flags: events.dec_longitude eastern longitude for an event in the USA: the minus sign is missing
-- Excluded because they extend into the eastern hemisphere: Guam, the Northern Marianas and the freely associated states, foreign
-- locations (OF), the western Pacific Ocean, and the western Aleutian Islands. Events without a state are not checked.
select source_row from events
where ev_country = 'USA' and dec_longitude > 0 and ev_state <> ''
    and ev_state not in ('GU', 'MP', 'CQ', 'FM', 'MH', 'PW', 'WQ', 'OF')
    and not (ev_state = 'PO' and dec_longitude >= 130)
    and not (ev_state = 'AK' and dec_longitude >= 172 and dec_latitude < 54)
