-- needs: tblfirsthalf, ct_pre1982
-- flags: tblFirstHalf.ACFT_ADAMG damage code neither in the code list of the file nor one of D, S, M, N and Z
select source_row from tblfirsthalf
where acft_adamg <> '' and acft_adamg not in ('D', 'S', 'M', 'N', 'Z')
    and acft_adamg not in (
        select btrim(code) from ct_pre1982 where upper(btrim(name)) = 'ACFT_ADAMG' and btrim(code) is not null
    )
