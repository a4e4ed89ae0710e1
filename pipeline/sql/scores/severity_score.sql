-- needs: event_features
-- grain: one row per event of the feature table: how likely each severity is, by the model of the study
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
'One row per event of the feature table: how likely each severity is, by the model of the study, given that the
event has happened. Also of events that the model was not trained on, such as foreign ones and incidents.';
comment on column severity_score.ev_id is 'The event. No foreign key: scores are made after the release is published.';
comment on column severity_score.p_none is 'Probability that nobody was hurt.';
comment on column severity_score.p_minr is 'Probability that the highest injury was minor.';
comment on column severity_score.p_sers is 'Probability that the highest injury was serious.';
comment on column severity_score.p_fatl is 'Probability that somebody died.';
comment on column severity_score.model_version is
'Moment of prediction and digest of the model; the run in MLflow that made it bears the digest in its tag model_digest.';
