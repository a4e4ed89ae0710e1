"""Narratives as long as NTSB's own, for made-up files that are to cost what NTSB's do: most of a load is full text.

Lengths are log-normal, as in NTSB's files: by source and column the median in characters and the spread of its
logarithm, measured on 5,512 narratives of 2008 to 2025 and 11,761 of 1982 to 2007, of about 1,050 and 690 words each,
a third of them different. The sentences say nothing; their words are those of NTSB's codes.
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
LONGEST = 96_000  # characters; the longest of NTSB's has 96,268
SENTENCES = 20_000
FORMS = (
    "About {hour:02d}{minute:02d} the {a} was found {n} feet from {place}, with {b} and {c}. ",
    "According to the {a}, neither {b} nor {c} had been seen since {n} hours before. ",
    "At {n} feet and {knots} knots the {a} gave way to {b}, on a heading of {heading:03d}°. ",
    "The operator near {place} stated that {a} was last looked at after {n} hours, and {b} after {knots}. ",
    "Examination of the {a} showed {b}; the {c} weighed {n} pounds and was taken to {place}. ",
)


def sentences(sampler: Sampler) -> list[str]:
    """Sentences to draw from."""
    words = sorted({code.meaning.lower() for code in codes() if code.meaning})
    found = list(FILLERS)
    for number in range(SENTENCES):
        a, b, c = (sampler.choice(words) for _ in range(3))
        numbers = {"n": sampler.integer(1, 9999), "knots": sampler.integer(10, 250), "heading": sampler.integer(1, 360)}
        time = {"hour": sampler.integer(0, 23), "minute": sampler.integer(0, 59)}
        form = FORMS[number % len(FORMS)]
        found.append(form.format(a=a, b=b, c=c, place=sampler.choice(LOCATIONS).town, **numbers, **time))
    return found


def lengthen(sampler: Sampler, source: str, narratives: list[Row]) -> None:
    """Lengthens the narratives of a database in place, each to a length drawn for it; what is missing stays so."""
    pool = sentences(sampler)
    usual = sum(map(len, pool)) / len(pool)
    for column, (median, spread) in LENGTHS[source].items():
        for row in narratives:
            if text := row[column]:
                wanted = min(LONGEST, sampler.lognormal(median, spread)) - len(text)
                drawn = [sampler.choice(pool) for _ in range(ceil(wanted / usual))]
                row[column] = "\r\n\r\n".join([text, "".join(drawn)] if drawn else [text])
