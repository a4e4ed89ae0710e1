"""Narratives with the lengths of NTSB's narratives, so that benchmarks on synthetic files have realistic cost.

Lengths are log-normally distributed. LENGTHS has, per source and column, the median in characters and the standard
deviation of the logarithm, measured on 5,512 narratives of 2008 to 2025 and 11,761 of 1982 to 2007 (about 1,050 and 690
words, a third of them distinct). The sentences are meaningless; their words come from the meanings of NTSB's codes.
"""

from math import ceil

from samples.codes import codes
from samples.modern_findings import FILLERS, Row
from samples.sampler import Sampler
from samples.vocabulary import LOCATIONS

LENGTHS = {
    "avall": {"narr_accp": (1545, 0.66), "narr_accf": (3100, 0.96)},
    "Pre2008": {"narr_accp": (830, 0.71), "narr_accf": (2330, 1.1)},
}
LONGEST = 96_000  # characters; the longest narrative of NTSB has 96,268
SENTENCES = 20_000
TEMPLATES = (
    "About {hour:02d}{minute:02d} the {a} was found {n} feet from {place}, with {b} and {c}. ",
    "According to the {a}, neither {b} nor {c} had been seen since {n} hours before. ",
    "At {n} feet and {knots} knots the {a} gave way to {b}, on a heading of {heading:03d}°. ",
    "The operator near {place} stated that {a} was last looked at after {n} hours, and {b} after {knots}. ",
    "Examination of the {a} showed {b}; the {c} weighed {n} pounds and was taken to {place}. ",
)


def sentences(sampler: Sampler) -> list[str]:
    """Return the pool of random sentences."""
    words = sorted({code.meaning.lower() for code in codes() if code.meaning})
    pool = list(FILLERS)
    for number in range(SENTENCES):
        a, b, c = (sampler.choice(words) for _ in range(3))
        numbers = {"n": sampler.integer(1, 9999), "knots": sampler.integer(10, 250), "heading": sampler.integer(1, 360)}
        time = {"hour": sampler.integer(0, 23), "minute": sampler.integer(0, 59)}
        template = TEMPLATES[number % len(TEMPLATES)]
        pool.append(template.format(a=a, b=b, c=c, place=sampler.choice(LOCATIONS).town, **numbers, **time))
    return pool


def lengthen(sampler: Sampler, source: str, narratives: list[Row]) -> None:
    """Extend narratives in place to random lengths; NULL and empty narratives are not changed."""
    pool = sentences(sampler)
    mean_length = sum(map(len, pool)) / len(pool)
    for column, (median, spread) in LENGTHS[source].items():
        for row in narratives:
            if text := row[column]:
                missing = min(LONGEST, sampler.lognormal(median, spread)) - len(text)
                added = [sampler.choice(pool) for _ in range(ceil(missing / mean_length))]
                row[column] = "\r\n\r\n".join([text, "".join(added)] if added else [text])
