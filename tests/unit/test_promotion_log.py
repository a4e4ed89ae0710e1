"""The promotion log of version 0.1 gets the current header; its lines stay."""

from pathlib import Path

from models.severity.tracking import promotion

LINE = b"9ab0,r1,severity,1,,yes,,,,,there is no champion to compare with\r\n"
COLUMNS = b"release,model,version,champion_before,promoted,events,difference,low,high,reason\r\n"


def test_the_header_of_version_0_1_is_replaced(tmp_path: Path) -> None:
    (log := tmp_path / "promotions.csv").write_bytes(b"stamp," + COLUMNS + LINE)
    values = {"fingerprint": "s", "release": "r2", "model": "severity", "version": "2", "champion_before": "1"}
    for _ in range(2):
        promotion.log_decision(log, values, promotion.Decision(False, "other events"))
    added = b"s,r2,severity,2,1,no,,,,,other events\r\n"
    assert log.read_bytes() == b"fingerprint," + COLUMNS + LINE + added + added
    assert list(tmp_path.iterdir()) == [log]
