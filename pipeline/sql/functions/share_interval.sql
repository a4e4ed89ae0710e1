-- needs: nothing
-- 95 % confidence intervals of shares: the score interval of E. B. Wilson, Probable inference, the law of succession, and statistical
-- inference, Journal of the American Statistical Association 22 (1927), p. 209-212. With n = whole, p = part / whole and z = 1.96 its
-- limits are (p + z²/2n ± z √(p (1 - p)/n + z²/4n²)) / (1 + z²/n).
create schema if not exists mart;

create or replace function mart.share_limit(part bigint, whole bigint, z double precision) returns double precision
language sql immutable parallel safe
return case when whole > 0 then
    (part + z * z / 2 + z * sqrt(part * (whole - part)::double precision / whole + z * z / 4)) / (whole + z * z)
end;

create or replace function mart.share_low(part bigint, whole bigint) returns double precision
language sql immutable parallel safe
return case when part >= 0 and whole > 0 then greatest(mart.share_limit(part, whole, -1.959963984540054), 0) end;

create or replace function mart.share_high(part bigint, whole bigint) returns double precision
language sql immutable parallel safe
return case when part >= 0 and whole > 0 then least(mart.share_limit(part, whole, 1.959963984540054), 1) end;

comment on function mart.share_low(bigint, bigint) is
'Lower limit of the 95 % Wilson interval of part / whole, 0 to 1; null where whole is 0.';
comment on function mart.share_high(bigint, bigint) is
'Upper limit of the 95 % Wilson interval of part / whole, 0 to 1; null where whole is 0.';
