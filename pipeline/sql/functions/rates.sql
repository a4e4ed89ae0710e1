-- needs: nothing
-- Rates of events per hours with confidence limits.
create schema if not exists mart;

-- The p-quantile of the gamma distribution with a whole number as shape and scale 1: the mean at which a Poisson count is below `shape` with
-- probability 1 - p. Newton's method on that probability, which is a sum of Poisson terms, from the approximation of Wilson and Hilferty
-- (Proceedings of the National Academy of Sciences 17, 1931, 684-688); z is the p-quantile of the normal distribution.
create or replace function mart.gamma_quantile(shape bigint, p double precision, z double precision) returns double precision
language plpgsql immutable strict parallel safe as $$
declare
    mean double precision := shape * (1 - 1.0 / (9 * shape) + z / (3 * sqrt(shape::double precision))) ^ 3;
    log_factorial double precision := 0;
    term double precision;
    terms double precision;
    step double precision;
begin
    for factor in 2..shape - 1 loop
        log_factorial := log_factorial + ln(factor::double precision);
    end loop;
    for iteration in 1..50 loop
        -- Terms shape - 1, shape - 2, ... relative to the first, which is also the density at the mean.
        term := 1;
        terms := 1;
        for factor in reverse shape - 1..1 loop
            term := term * factor / mean;
            terms := terms + term;
            exit when term < 1e-17 * terms;
        end loop;
        step := terms - (1 - p) / exp((shape - 1) * ln(mean) - mean - log_factorial);
        mean := greatest(mean + step, mean / 2);
        exit when abs(step) < 1e-13 * mean;
    end loop;
    return mean;
end
$$;

create or replace function mart.poisson_limits(event_count bigint, out lower_limit double precision, out upper_limit double precision)
language sql immutable strict parallel safe as $$
    select
        case when event_count = 0 then 0 else mart.gamma_quantile(event_count, 0.025, -1.959963984540054) end,
        mart.gamma_quantile(event_count + 1, 0.975, 1.959963984540054)
$$;
comment on function mart.poisson_limits(bigint) is
'Exact 95 % confidence limits of the mean of a Poisson count (Garwood, Biometrika 28, 1936, 437-442): half the 2.5 % quantile of chi-square
with 2n degrees of freedom (0 for n = 0) and half the 97.5 % quantile with 2n + 2.';

create or replace function mart.rate_limits(
    event_count bigint, hours double precision, standard_error double precision,
    out rate double precision, out lower_limit double precision, out upper_limit double precision
)
language sql immutable parallel safe as $$
    with input as (
        select
            poisson.lower_limit, poisson.upper_limit, event_count * hours as product,
            hours * hours - 1.959963984540054 * 1.959963984540054 * coalesce(standard_error * standard_error, 0) as divisor
        from (select) as nothing
        cross join lateral mart.poisson_limits(event_count) as poisson
        where hours > 0
    ),

    unrounded as (
        select
            event_count / hours as rate,
            (product - sqrt(greatest(product * product - divisor * lower_limit * (2 * event_count - lower_limit), 0))) / divisor
                as lower_limit,
            (product + sqrt(greatest(product * product - divisor * upper_limit * (2 * event_count - upper_limit), 0))) / divisor
                as upper_limit,
            divisor
        from input
    )

    -- Rounded, because exp and ln differ in the last digit between platforms.
    select
        round((100000 * rate)::numeric, 5)::double precision,
        case when divisor > 0 then round((100000 * lower_limit)::numeric, 5)::double precision end,
        case when divisor > 0 then round((100000 * upper_limit)::numeric, 5)::double precision end
    from unrounded
$$;
comment on function mart.rate_limits(bigint, double precision, double precision) is
'Events per 100,000 hours with 95 % confidence limits that combine the exact Poisson limits of the count with the standard error of the
hours (null or 0: none): MOVER-R, equation 9 of Donner and Zou, Statistical Methods in Medical Research 21, 2012, 347-359. Limits are null where the
hours are not significantly above 0. Example: select mart.rate_limits(38, 2359729, 33000);';
