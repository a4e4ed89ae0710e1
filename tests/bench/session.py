"""One session over one folder of zips: which parts run, in which order, on which stores."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from pipeline.postgres import server
from tests.bench import files, floors, measures
from tests.bench.measures import Measure
from tests.bench.runs import EVERYTHING, PUBLISHED, RELEASED, Bench, RunFailed

# In the order in which they run, each with what must have run before it.
PARTS = {
    "floors": (),
    "load": (),
    "cold": (),
    "again": ("cold",),
    "weekly": ("cold",),
    "avall": ("cold",),
    "verify": ("cold",),
    "rollback": ("avall",),
    "refresh": ("cold",),
    "reports": ("cold",),
}
# Costs a second cold build, so it is done only where it is asked for.
UNASKED = tuple(name for name in PARTS if name != "verify")


def needed(wanted: Iterable[str]) -> list[str]:
    """The parts, with those that must run before them, in order."""
    found = set(wanted)
    for name in reversed(PARTS):
        if name in found:
            found |= set(PARTS[name])
    return [name for name in PARTS if name in found]


class Session:
    """A folder of zips, a scratch folder for stores, and the parts that are measured."""

    def __init__(self, zips: Path, scratch: Path, next_avall: Path | None = None) -> None:
        self.zips = files.zips(zips)
        self.news = files.weekly(list(self.zips))
        self.scratch, self.next_avall = scratch, next_avall
        self.base = {source: path for source, path in self.zips.items() if source != self.news}
        for source, path in self.base.items():
            files.place(scratch / "sources", source, path)
        self.access = files.unpack(self.base, scratch / "access")
        self.rows = sum(job.table.rows for job in floors.jobs(self.access))
        self.bench = Bench(scratch / "store", scratch / "sources")
        self.found: list[Measure] = []
        self.troubles: list[str] = []
        self.releases = self.published = 0

    def run(self, parts: Iterable[str]) -> list[Measure]:
        """Measures the parts and says each as it begins: a session takes minutes. A part that fails is the last."""
        try:
            for part in needed(parts):
                print(f"measuring: {part}", flush=True)
                getattr(self, part)()
        except (RunFailed, KeyboardInterrupt) as error:
            self.troubles.append(str(error) or "stopped by hand: what comes after was not measured")
        finally:
            server.remove(self.bench.place.targets / "postgres")
        self.bench.memory()
        return [*self.found, *self.bench.found]

    def floors(self) -> None:
        """The three floors."""
        self.found += floors.measure(self.access, self.scratch / "floor")

    def load(self) -> None:
        """Extraction and raw load alone."""
        alone = Bench(self.scratch / "load", self.scratch / "sources", self.bench.peak)
        try:
            alone.load(self.rows)
        finally:
            self.clear(alone)
        self.found += alone.found

    def clear(self, bench: Bench) -> None:
        """Removes a store that is no longer needed: full-scale stores take gigabytes."""
        server.remove(bench.place.targets / "postgres")
        shutil.rmtree(bench.folder, ignore_errors=True)

    def publish(self, name: str, note: str, rows: int = 0) -> None:
        """A run that publishes a release."""
        self.bench.measured(name, RELEASED, rows, note)
        self.releases += 1

    def cold(self) -> None:
        """From nothing to a published release."""
        note = "from zips in a folder to a published release: all eras, views, audit"
        self.publish(measures.COLD, note, self.rows)
        self.published = int(self.bench.ask(PUBLISHED))

    def again(self) -> None:
        """The same run once more."""
        self.bench.measured(measures.AGAIN, RELEASED)

    def weekly(self) -> None:
        """The newest weekly file comes."""
        if self.news is None:
            print("not measured: a new weekly file, for the folder has no upDDMON.zip")
            return
        files.place(self.scratch / "sources", self.news, self.zips[self.news])
        self.publish(measures.WEEKLY, f"{self.news}, to a published release")

    def avall(self) -> None:
        """Another avall comes."""
        note = "the file that was named"
        if self.next_avall is None:
            if "avall" not in self.access:
                print("not measured: a new avall, for the folder has no avall.zip")
                return
            self.next_avall = self.scratch / "next-avall.zip"
            changed = files.next_avall(self.access["avall"], self.next_avall)
            note = f"the same file without its first event, and with other cities in {changed:,} rows"
        files.place(self.scratch / "sources", "avall", self.next_avall)
        self.publish(measures.AVALL, note)

    def verify(self) -> None:
        """A clean build of the files that are there now must give the release that the runs before gave."""
        clean = Bench(self.scratch / "clean", self.scratch / "sources", self.bench.peak)
        try:
            clean.run(*RELEASED)
            expected, release = clean.release(), self.bench.release()
        finally:
            self.clear(clean)
        if release != expected:
            self.troubles.append(f"release {release}: a clean build of the same files gives {expected}")
        else:
            print(f"release {release}: a clean build of the same files gives the same")

    def rollback(self) -> None:
        """Back to the release before, and forward again."""
        if self.releases < 2:
            print("not measured: rollback, for there is one release only")
            return
        release = self.bench.release()
        self.bench.rollback()
        self.bench.rollback(release)

    def refresh(self) -> None:
        """All materialized views."""
        self.bench.refresh()

    def reports(self) -> None:
        """What is made of a release, down to the pages; and once more with nothing new."""
        note = "Parquet, DuckDB, features, models, scores, pages"
        self.bench.measured(measures.EVERYTHING, EVERYTHING, note=note)
        self.bench.measured(measures.EVERYTHING_AGAIN, EVERYTHING)
