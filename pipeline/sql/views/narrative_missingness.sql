-- needs: narratives
-- grain: one row per aircraft with narratives and kind of account: how long it is in characters, or why it is none
-- kind: view
-- placeholder: the word import instead of an account, left by a migration; empty: there and without text; missing: not there.
with told as (
    select narratives.ev_id, narratives.aircraft_key, narratives.era, account.kind, account.words,
        lower(btrim(account.words, E' \r\n\t')) as bare
    from narratives
    cross join lateral (
        values
        ('narr_accp', narr_accp), ('narr_accf', narr_accf), ('narr_cause', narr_cause), ('narr_inc', narr_inc)
    ) as account (kind, words)
)

select
    ev_id,
    aircraft_key,
    era,
    kind,
    case when bare not in ('', 'import') then length(words) end as characters,
    case when words is null then 'missing' when bare = '' then 'empty' when bare = 'import' then 'placeholder' end as reason
from told
