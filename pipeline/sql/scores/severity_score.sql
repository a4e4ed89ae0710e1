-- needs: event_features
-- grain: one row per accident of the study, and per later one in the United States: predicted probability of each severity class
create table severity_score (
    ev_id text not null,
    p_none double precision not null,
    p_minr double precision not null,
    p_sers double precision not null,
    p_fatl double precision not null,
    prediction_set text not null,
    part text not null,
    record text not null,
    missing_share double precision not null,
    model_version text not null,
    constraint severity_score_key primary key (ev_id),
    constraint severity_score_shares check (
        least(p_none, p_minr, p_sers, p_fatl) >= 0 and abs(p_none + p_minr + p_sers + p_fatl - 1) < 0.00001
    ),
    constraint severity_score_part check (part in ('train', 'validation', 'test', 'later')),
    constraint severity_score_record check (record in ('closed', 'day-7')),
    constraint severity_score_missing_share check (missing_share between 0 and 1)
);

comment on table severity_score is
'One row per accident in the United States that is part of the severity study, or later than its years: probability of each
severity class predicted by the severity model, given that the accident occurred. Empty while a leakage warning of the study is open.';
comment on column severity_score.ev_id is 'Event id. Without a foreign key, because scores are computed after the release is published.';
comment on column severity_score.p_none is 'Predicted probability that no person was injured (NONE), 0 to 1.';
comment on column severity_score.p_minr is 'Predicted probability that the highest injury level is minor (MINR), 0 to 1.';
comment on column severity_score.p_sers is 'Predicted probability that the highest injury level is serious (SERS), 0 to 1.';
comment on column severity_score.p_fatl is 'Predicted probability that the highest injury level is fatal (FATL), 0 to 1.';
comment on column severity_score.prediction_set is
'Plausible classes, separated by commas: in validation, 90 % of the events of each class had it in their set.';
comment on column severity_score.part is
'train or validation: the model was fitted on this event, so its score is optimistic. test: not. later: after the last year of the study.';
comment on column severity_score.record is
'closed: NTSB''s record contains values that it publishes when it closes a case. day-7: it does not; metrics for this record apply.';
comment on column severity_score.missing_share is 'Share of the features without a value, 0 to 1.';
comment on column severity_score.model_version is
'Prediction time and digest of the model; the MLflow run that trained it has the digest in its tag model_digest.';
