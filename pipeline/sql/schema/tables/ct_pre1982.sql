-- needs: nothing
-- grain: one row per code of 1962-1981 with its meaning; rows with code '**' are headings of a code list, not codes
-- types: inferred
create table ct_pre1982 (
    name text, code text, meang text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table ct_pre1982 is
'One row per code of 1962-1981 with its meaning; rows with code ''**'' are headings of a code list, not codes.';
