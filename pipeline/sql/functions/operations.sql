-- needs: nothing
-- Groups of the harmonized operation, as NTSB's tables of accidents and rates sum them; null where the operation is not known.
create or replace function mart.is_airline(operation text) returns boolean
language sql immutable parallel safe return operation in ('121', '127');
comment on function mart.is_airline(text) is 'True for a harmonized operation of airlines: parts 121 and 127.';

create or replace function mart.is_general_aviation(operation text) returns boolean
language sql immutable parallel safe return operation in ('091', '105', '125', '133', '137', '141', 'PUBU');
comment on function mart.is_general_aviation(text) is
'True for a harmonized operation of general aviation: parts 91, 105, 125, 133, 137 and 141, and public aircraft.';
