"""How to cite a release and its pages, and the notices that apply to the data."""

from dataclasses import dataclass

# Until a repository assigns a DOI to the deposited bundle.
DOI_PLACEHOLDER = "10.5281/zenodo.0000000"
UNKNOWN_DATE = "unknown"
NOTICES = (
    "The data are works of the United States government, which are not protected by copyright in the United States "
    "(17 U.S.C. 105).",
    "NTSB has neither reviewed nor endorsed this compilation. NTSB's information on recent accidents is preliminary, "
    "may contain errors, and is corrected when an investigation ends.",
    "NTSB investigates to prevent accidents, not to assign fault or liability (49 CFR 831.4). No part of an NTSB "
    "report may be used in a civil action for damages (49 U.S.C. 1154(b)); what its employees may say in court and how "
    "to obtain its records is in 49 CFR Part 835.",
    "The models and shares describe severity given an accident: how bad an accident was, once it had happened. They "
    "say nothing about how likely an accident is.",
)


@dataclass(frozen=True)
class Citation:
    """What identifies a release to its readers.

    `data_date`: day of the newest change in the source files, as ISO text, empty if unknown. `address`: where pages and
    bundle are published, empty if nowhere. `doi` may be the placeholder. `is_made_up`: it contains made-up events.
    """

    release: str
    data_date: str = ""
    address: str = ""
    repository: str = ""
    doi: str = DOI_PLACEHOLDER
    is_made_up: bool = False

    @property
    def date(self) -> str:
        """Return the date of the data in words: the ISO date, or 'unknown'."""
        return self.data_date or UNKNOWN_DATE

    @property
    def has_doi(self) -> bool:
        """Return True if the DOI is not the placeholder."""
        return bool(self.doi) and self.doi != DOI_PLACEHOLDER

    def text(self, title: str = "") -> str:
        """Return the citation of a page or, without a title, of the whole release, without its address."""
        heading = f"“{title}”, in: " if title else ""
        warning = "MADE-UP SAMPLE DATA, do not cite. " if self.is_made_up else ""
        return (
            f"{warning}{heading}NTSB aviation accident data, release {self.release}, data as of {self.date}. "
            "Compiled by ntsb-pipeline from the databases of the National Transportation Safety Board."
        )

    def link(self, file_name: str = "") -> str:
        """Return the address of the DOI, otherwise of a page, and an empty string if nothing is published."""
        if self.has_doi:
            return f"https://doi.org/{self.doi}"
        return f"{self.address.rstrip('/')}/{file_name}" if self.address else ""

    @property
    def release_text(self) -> str:
        """Return the citation of the whole release, with its address if it has one."""
        return f"{self.text()} {self.link()}".strip()
