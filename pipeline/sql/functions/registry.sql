-- needs: nothing
-- Comparison of NTSB's text with FAA's aircraft registry.
create schema if not exists mart;

create or replace function mart.serial_key(serial text) returns text
language sql immutable parallel safe
return (
    select case when written ~ '[1-9]' then ltrim(written, '0') end
    from (select regexp_replace(upper(serial), '[^A-Z0-9]', '', 'g') as written) as normalized
);
comment on function mart.serial_key(text) is
'Letters and digits of a serial number in upper case without leading zeros; null for text without a digit above 0, such as UNK.';

create or replace function mart.engine_series(model text) returns text
language sql immutable parallel safe
return (
    select regexp_replace(substring(written from '^[A-Z]*[ -]?[0-9]+'), '[ -]', '', 'g')
    -- Lycoming's and Continental's O (opposed) is often written as a zero.
    from (select regexp_replace(upper(btrim(model)), '^0[ -]+', 'O-') as written) as normalized
);
comment on function mart.engine_series(text) is
'Series of an engine at the beginning of its model, such as O320 for O-320-D2J; null for text that does not begin with one.';

create or replace function mart.registry_engine(code text) returns text
language sql immutable parallel safe
return case code
    when '0' then 'NONE' when '1' then 'REC' when '2' then 'TP' when '3' then 'TS' when '4' then 'TJ' when '5' then 'TF'
    -- Two-cycle, four-cycle and rotary engines.
    when '7' then 'REC' when '8' then 'REC' when '10' then 'ELEC' when '11' then 'REC'
end;
comment on function mart.registry_engine(text) is
'Engine type of FAA''s registry in the codes of eng_type; null for unknown (9) and for ramjets (6), which NTSB has no code for.';
