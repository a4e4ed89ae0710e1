-- needs: narratives
-- grain: one row per aircraft with narratives and kind of narrative: its length in characters, or why it is missing
-- kind: view
-- placeholder: the word "import", left by a migration, in place of text; empty: a value without text; missing: no value.
-- column: kind Kind of narrative: the column of narratives (narr_accp, narr_accf, narr_cause or narr_inc).
-- column: characters Length of the narrative, in characters; null where it is missing.
-- column: reason Why it is missing: missing (no value), empty (no text) or placeholder (the word import); null where there is text.
with accounts as (
    select narratives.ev_id, narratives.aircraft_key, narratives.era, account.kind, account.content,
        lower(btrim(account.content, E' \r\n\t')) as trimmed
    from narratives
    cross join lateral (
        values
        ('narr_accp', narr_accp), ('narr_accf', narr_accf), ('narr_cause', narr_cause), ('narr_inc', narr_inc)
    ) as account (kind, content)
)

select
    ev_id,
    aircraft_key,
    era,
    kind,
    case when trimmed not in ('', 'import') then length(content) end as characters,
    case when content is null then 'missing' when trimmed = '' then 'empty' when trimmed = 'import' then 'placeholder' end as reason
from accounts
