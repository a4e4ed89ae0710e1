-- needs: cases
-- grain: one row per case, its fields as text, its lists as jsonb; ev_id is a key of the API, from which the cast makes the one of the Access files
-- Of several copies of a case, only the one with the newest date has a key: the rows of the others are in quarantine, because rows of
-- two editions must not be combined. NTSB may move a case to another month, of which an older archive still has it.
-- One jsonb_to_record for all fields, because each access to a field would read the whole document.
create temporary table api_case on commit drop as
select
    cases.source_row as case_row,
    case
        when
            row_number() over (
                partition by coalesce(c."mKey", c."ntsbNumber")
                order by
                    convert.api_edition(array[
                        c."publishDateTime", c."lastRevisionDate", c."originalPublishedDate", c."factualPublishedDate"
                    ]) collate "C" desc nulls last,
                    cases.source_row desc
            ) = 1
            then 'API-' || coalesce(repeat('0', 6 - length(c."mKey")) || c."mKey", c."ntsbNumber")
    end as ev_id,
    coalesce(c."isPost2008", (left(c."eventDate", 4) >= '2008')::text) = 'true' as is_modern,
    convert.api_edition(array[
        c."publishDateTime", c."lastRevisionDate", c."originalPublishedDate", c."factualPublishedDate"
    ]) as lchg_date,
    c.*
from cases
cross join lateral jsonb_to_record(coalesce(cases.readable, cases.document)::jsonb) as c (
    "mKey" text, "ntsbNumber" text, "isPost2008" text, "eventType" text, "eventDate" text, "eventTimeUtc" text,
    "eventCity" text, "eventStateOrRegion" text, "eventCountry" text, "eventZipcode" text, "eventLatitude" text,
    "eventLongitude" text, "eventLatLongEstimated" text, "eventCollisionWithOtherAircraft" text,
    "eventPropertyDamage" text, "highestInjuryLevel" text, "onboardFatal" text, "onboardSerious" text,
    "onboardMinor" text, "onboardNone" text, "ongroundFatal" text, "ongroundSerious" text, "ongroundMinor" text,
    "leadAgency" text, "completionStatus" text, "reportDate" text, "publishDateTime" text, "lastRevisionDate" text,
    "originalPublishedDate" text, "factualPublishedDate" text, "weatherConditions" jsonb, "narratives" jsonb,
    "aircrafts" jsonb
);
