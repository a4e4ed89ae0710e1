-- needs: event_features
-- grain: one row per event of event_features: predicted probability of each severity class
create table severity_score (
    ev_id text not null,
    p_none double precision not null,
    p_minr double precision not null,
    p_sers double precision not null,
    p_fatl double precision not null,
    model_version text not null,
    constraint severity_score_key primary key (ev_id),
    constraint severity_score_shares check (
        least(p_none, p_minr, p_sers, p_fatl) >= 0 and abs(p_none + p_minr + p_sers + p_fatl - 1) < 0.00001
    )
);

comment on table severity_score is
'One row per event of event_features: probability of each severity class predicted by the severity model, given that the event
occurred. Includes events outside the training population, such as foreign events and incidents.';
comment on column severity_score.ev_id is 'Event id. Without a foreign key, because scores are computed after the release is published.';
comment on column severity_score.p_none is 'Predicted probability that no person was injured (NONE), 0 to 1.';
comment on column severity_score.p_minr is 'Predicted probability that the highest injury level is minor (MINR), 0 to 1.';
comment on column severity_score.p_sers is 'Predicted probability that the highest injury level is serious (SERS), 0 to 1.';
comment on column severity_score.p_fatl is 'Predicted probability that the highest injury level is fatal (FATL), 0 to 1.';
comment on column severity_score.model_version is
'Prediction time and digest of the model; the MLflow run that trained it has the digest in its tag model_digest.';
