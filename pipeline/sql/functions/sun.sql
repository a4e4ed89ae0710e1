-- needs: nothing
-- Position of the sun.
create schema if not exists mart;

-- `returns table`: the planner then makes the query a part of the calling one. `offset 0`: each step is computed once.
create or replace function mart.sun(utc timestamp, latitude double precision, longitude double precision)
returns table (elevation double precision, solar_minutes double precision)
language sql immutable parallel safe as $$
    with century as (
        -- Julian centuries since 2000-01-01 12:00.
        select (extract(epoch from utc)::double precision / 86400 + 2440587.5 - 2451545) / 36525 as t
        offset 0
    ),

    orbit as (
        select
            t,
            280.46646 + t * (36000.76983 + t * 0.0003032) as mean_longitude,
            357.52911 + t * (35999.05029 - t * 0.0001537) as anomaly,
            0.016708634 - t * (0.000042037 + t * 0.0000001267) as eccentricity,
            23 + (26 + (21.448 - t * (46.815 + t * (0.00059 - t * 0.001813))) / 60) / 60
            + 0.00256 * cosd(125.04 - 1934.136 * t) as obliquity
        from century
        offset 0
    ),

    sun as (
        select
            orbit.*,
            mean_longitude + sind(anomaly) * (1.914602 - t * (0.004817 + t * 0.000014))
            + sind(2 * anomaly) * (0.019993 - t * 0.000101) + sind(3 * anomaly) * 0.000289
            - 0.00569 - 0.00478 * sind(125.04 - 1934.136 * t) as apparent_longitude,
            tand(obliquity / 2) ^ 2 as y
        from orbit
        offset 0
    ),

    course as (
        select
            sind(obliquity) * sind(apparent_longitude) as declination_sine,
            mod((extract(epoch from utc) / 60 + 4 * longitude + 4 * degrees(
                y * sind(2 * mean_longitude) - 2 * eccentricity * sind(anomaly)
                + 4 * eccentricity * y * sind(anomaly) * cosd(2 * mean_longitude)
                - y * y / 2 * sind(4 * mean_longitude) - 1.25 * eccentricity * eccentricity * sind(2 * anomaly)
            ))::numeric, 1440)::double precision as minutes
        from sun
        offset 0
    )

    -- Rounded, because sines differ in the last digit between platforms. Before 1970 the remainder is negative.
    select
        round(asind(least(1, greatest(-1,
            sind(latitude) * declination_sine
            - cosd(latitude) * sqrt(1 - declination_sine * declination_sine) * cosd(minutes / 4)
        )))::numeric, 2)::double precision,
        mod(round((minutes + 1440)::numeric, 2), 1440)::double precision
    from course
$$;
comment on function mart.sun(timestamp, double precision, double precision) is
'Elevation of the sun''s center in degrees, without refraction, and apparent solar time in minutes after midnight. Formulas of the NOAA
Solar Calculator (Global Monitoring Laboratory), from Meeus, Astronomical Algorithms, 1991, chapter 25, accurate to 0.01 degrees.
Example: select (mart.sun(timestamp ''2024-06-20 19:00'', 40, -105)).*;';
