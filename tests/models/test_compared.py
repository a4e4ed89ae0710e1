"""The list of compared models."""

from models.severity.estimators.compared import BASELINE, MODELS, PRIMARY, Role


def test_roles_are_assigned_once() -> None:
    for role in (Role.PRIMARY, Role.FATAL):
        assert sum(entry.role == role for entry in MODELS) == 1
    assert len({entry.name for entry in MODELS}) == len(MODELS)
    assert (BASELINE, PRIMARY) == ("class shares", "xgboost")
