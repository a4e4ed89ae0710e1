-- needs: events
-- flags: events.dec_longitude east, for an event in the USA, which lies west: the minus was lost
-- East are Guam, the Northern Marianas and the states in free association, foreign ground (OF), the west of the
-- Pacific Ocean, and the Aleutians beyond the date line. Where no state is given nothing can be said.
select source_row from events
where ev_country = 'USA' and dec_longitude > 0 and ev_state <> ''
    and ev_state not in ('GU', 'MP', 'CQ', 'FM', 'MH', 'PW', 'WQ', 'OF')
    and not (ev_state = 'PO' and dec_longitude >= 130)
    and not (ev_state = 'AK' and dec_longitude >= 172 and dec_latitude < 54)
