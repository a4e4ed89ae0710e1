-- needs: tblfirsthalf, ct_pre1982
-- flags: tblFirstHalf.LOCAT_STATE_TERR code of a state, territory or country without a name in the code list of the file
-- A meaning marked as unproven (such as 93, found over sea areas) is not a name. If the file has no list, no row is flagged.
with known as (
    select btrim(code) as code
    from ct_pre1982
    where upper(btrim(name)) = 'LOCAT_STATE_TERR' and btrim(meang) <> '' and meang !~* 'unproven'
)

select source_row from tblfirsthalf
where locat_state_terr <> '' and locat_state_terr not in (select code from known) and exists (select from known)
