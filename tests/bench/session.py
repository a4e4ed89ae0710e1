"""One benchmark session on a folder of zips: its parts, their order and their stores."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from pipeline.postgres import server
from tests.bench import baselines, files, measures, serving, site
from tests.bench.measures import Measure
from tests.bench.runs import EVERYTHING, PUBLISHED, RELEASED, Bench, RunFailed

# {part: parts that must run before it}, in the order in which they run.
PARTS = {
    "floors": (),
    "load": (),
    "cold": (),
    "again": ("cold",),
    "weekly": ("cold",),
    "avall": ("cold",),
    "workers": ("cold",),
    "verify": ("cold",),
    "rollback": ("avall",),
    "refresh": ("cold",),
    "queries": ("cold",),
    "study": ("cold",),
    "reports": ("cold",),
    "site": ("reports",),
    "serving": ("reports",),
}
# Only on request: a build with one worker and verification take a second cold build; reports include the study.
DEFAULT_PARTS = tuple(name for name in PARTS if name not in ("workers", "verify", "study"))


def with_prerequisites(parts: Iterable[str]) -> list[str]:
    """The parts and those that must run before them, in order."""
    selected = set(parts)
    for name in reversed(PARTS):
        if name in selected:
            selected |= set(PARTS[name])
    return [name for name in PARTS if name in selected]


class Session:
    """Measures parts on a folder of zips, with stores in the scratch folder."""

    def __init__(self, zips: Path, scratch: Path, next_avall: Path | None = None) -> None:
        self.zips = files.zips(zips)
        self.weekly_file = files.weekly(list(self.zips))
        self.scratch, self.next_avall = scratch, next_avall
        self.base = {source: path for source, path in self.zips.items() if source != self.weekly_file}
        for source, path in self.base.items():
            files.link(scratch / "sources", source, path)
        self.access = files.unpack(self.base, scratch / "access")
        self.rows = sum(job.table.rows for job in baselines.jobs(self.access))
        self.bench = Bench(scratch / "store", scratch / "sources")
        self.results: list[Measure] = []
        self.errors: list[str] = []
        self.releases = self.published = 0

    def run(self, parts: Iterable[str]) -> list[Measure]:
        """Measures the parts in order and prints their names; stops at the first that fails."""
        try:
            for part in with_prerequisites(parts):
                print(f"measuring: {part}", flush=True)
                getattr(self, part)()
        except (RunFailed, KeyboardInterrupt) as error:
            self.errors.append(str(error) or "interrupted: the following parts were not measured")
        finally:
            server.remove(self.bench.place.targets / "postgres")
        self.bench.memory()
        return [*self.results, *self.bench.results]

    def floors(self) -> None:
        """Measures the three baselines."""
        self.results += baselines.measure(self.access, self.scratch / "baseline")

    def load(self) -> None:
        """Measures unpacking and raw load, in a separate store."""
        bench = Bench(self.scratch / "load", self.scratch / "sources", self.bench.peak)
        try:
            bench.load(self.rows)
        finally:
            self.remove_store(bench)
        self.results += bench.results

    def remove_store(self, bench: Bench) -> None:
        """Removes a store, which may take gigabytes."""
        server.remove(bench.place.targets / "postgres")
        shutil.rmtree(bench.folder, ignore_errors=True)

    def publish(self, name: str, note: str, rows: int = 0) -> None:
        """Measures a run that publishes a release."""
        self.bench.measure(name, RELEASED, rows, note)
        self.releases += 1

    def cold(self) -> None:
        """Measures the build of a release in an empty store."""
        note = "from zips in a folder to a published release: all eras, views, checks"
        self.publish(measures.COLD, note, self.rows)
        self.published = int(self.bench.ask(PUBLISHED))

    def workers(self) -> None:
        """Measures the same build with one worker, in a separate store."""
        bench = Bench(self.scratch / "one-worker", self.scratch / "sources", self.bench.peak)
        try:
            bench.measure(measures.ONE_WORKER, (*RELEASED, "--workers", "1"), self.rows, "what a second worker saves")
        finally:
            self.remove_store(bench)
        self.results += bench.results

    def again(self) -> None:
        """Measures the same run again, with nothing to do."""
        self.bench.measure(measures.AGAIN, RELEASED)

    def weekly(self) -> None:
        """Measures a run with an additional weekly file."""
        if self.weekly_file is None:
            print("not measured: new weekly file (the folder has no upDDMON.zip)")
            return
        files.link(self.scratch / "sources", self.weekly_file, self.zips[self.weekly_file])
        self.publish(measures.WEEKLY, f"{self.weekly_file}, to a published release")

    def avall(self) -> None:
        """Measures a run with the next edition of avall."""
        note = "the file of --new-avall"
        if self.next_avall is None:
            if "avall" not in self.access:
                print("not measured: new avall (the folder has no avall.zip)")
                return
            self.next_avall = self.scratch / "next-avall.zip"
            changed = files.next_avall(self.access["avall"], self.next_avall)
            note = f"the same file without its first event and with another city in {changed:,} rows"
        files.link(self.scratch / "sources", "avall", self.next_avall)
        self.publish(measures.AVALL, note)

    def verify(self) -> None:
        """Compares the current release with that of a clean build of the same files."""
        clean = Bench(self.scratch / "clean", self.scratch / "sources", self.bench.peak)
        try:
            clean.run(*RELEASED)
            expected, release = clean.release(), self.bench.release()
        finally:
            self.remove_store(clean)
        if release != expected:
            self.errors.append(
                f"verify: expected release {expected} of a clean build of the same files, found {release}"
            )
        else:
            print(f"release {release}: equal to that of a clean build of the same files")

    def rollback(self) -> None:
        """Measures the rollback to the previous release, and back to the current one."""
        if self.releases < 2:
            print("not measured: rollback (there is only one release)")
            return
        release = self.bench.release()
        self.bench.rollback()
        self.bench.rollback(release)

    def refresh(self) -> None:
        """Measures the refresh of materialized views."""
        self.bench.refresh()

    def queries(self) -> None:
        """Measures the documented queries."""
        self.bench.queries()

    def study(self) -> None:
        """Measures the severity study."""
        self.bench.study()

    def reports(self) -> None:
        """Measures everything derived from a release, and the same run again."""
        note = "Parquet, DuckDB, features, models, scores, pages"
        self.bench.measure(measures.EVERYTHING, EVERYTHING, note=note)
        self.bench.measure(measures.EVERYTHING_AGAIN, EVERYTHING)

    def site(self) -> None:
        """Measures the site: size, rendering, equal bytes, and the first page in a browser."""
        site.measure(self.bench)

    def serving(self) -> None:
        """Measures the HTTP API under load."""
        self.results += serving.measure(self.bench.place)
