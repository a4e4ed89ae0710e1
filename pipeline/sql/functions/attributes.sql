-- needs: nothing
-- grain: a function that tells derived columns.

-- Whether a column follows from others: it is generated, or full text, which a trigger fills in.
create or replace function audit.is_derived(attribute pg_attribute) returns boolean
language sql immutable
return attribute.attgenerated <> '' or attribute.atttypid = 'tsvector'::regtype;
