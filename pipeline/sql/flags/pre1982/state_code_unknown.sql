-- needs: tblfirsthalf, ct_pre1982
-- flags: tblFirstHalf.LOCAT_STATE_TERR a state, territory or country that the file's own list does not name
-- A meaning that says of itself that it is unproven (as 93, met over sea areas) names nothing. Where a file has no
-- list at all, nobody is accused.
with known as (
    select btrim(code) as code
    from ct_pre1982
    where upper(btrim(name)) = 'LOCAT_STATE_TERR' and btrim(meang) <> '' and meang !~* 'unproven'
)

select source_row from tblfirsthalf
where locat_state_terr <> '' and locat_state_terr not in (select code from known) and exists (select from known)
