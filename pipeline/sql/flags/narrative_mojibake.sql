-- needs: raw_narratives
-- flags: narratives.* encoding errors: bytes of another code page, UTF-8 decoded as Latin-1, control characters
select raw.source_row, narrative.source_column
from raw_narratives as raw
cross join lateral (
    values ('narr_accp', raw.narr_accp), ('narr_accf', raw.narr_accf),
    ('narr_cause', raw.narr_cause), ('narr_inc', raw.narr_inc)
) as narrative (source_column, content)
where narrative.content ~ '[\u0001-\u0008\u000B\u000E-\u001F\u007F-\u009F\uFFFD]|[\u00C2\u00C3][\u0080-\u00BF]|\u00E2\u20AC'
