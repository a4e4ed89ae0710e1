"""Twelve synthetic accident causes, with NTSB's codes for them in both coding systems."""

from typing import NamedTuple


class Cause(NamedTuple):
    """One cause. `weight` is its relative frequency, `effect` its contribution to the severity score.

    `events` and `phases` are eventsoe_no and phase_no; `legacy` and `legacy_phases` the Occurrences of older files;
    `findings` are ten digits, `subjects` pairs of Subj_Code and Modifier_Code.
    """

    name: str
    weight: float
    effect: float
    phase: str
    events: tuple[str, ...]
    phases: tuple[str, ...]
    legacy: tuple[int, ...]
    legacy_phases: tuple[int, ...]
    findings: tuple[str, ...]
    subjects: tuple[tuple[int, int], ...]
    story: str
    cause: str
    pre1982: tuple[str, str, str]  # ACCIDENT_TYPE, OPERATION_PHASE, CAUSE_FACTOR


# fmt: off
CAUSES = (
    Cause(
        "swerve", 20, -1.6, "landing roll", ("230", "300"), ("552", "550"), (260, 310), (572, 521),
        ("0106202020", "0303404091", "0206304044"), ((24539, 3127), (24026, 3115), (20000, 2203)),
        "began to drift to the left after touchdown and left the side of the runway",
        "The pilot's failure to hold the runway heading", ("A", "EE", "6417"),
    ),
    Cause(
        "stall", 13, 1.5, "initial climb", ("241", "240"), ("350", "452", "508"), (250, 230), (580, 522),
        ("0106201020", "0106204220", "0206304044"), ((24506, 3127), (24551, 3102)),
        "pitched up, dropped a wing and descended steeply",
        "The pilot's failure to keep flying speed", ("F1", "D8", "6416"),
    ),
    Cause(
        "power", 18, -0.2, "cruise", ("341", "342"), ("402", "350"), (351, 180), (540, 522),
        ("0105853001", "0303103091"), ((14007, 1135), (15109, 1134), (22304, 3128)),
        "lost engine power and was landed in a field",
        "A loss of engine power for reasons that the examination did not settle", ("Q1", "D1", "74A"),
    ),
    Cause(
        "fuel", 7, -0.6, "cruise", ("192", "191"), ("402", "404"), (353, 180), (540, 551),
        ("0107101025", "0206103044"), ((17001, 1131), (24020, 3128)),
        "ran out of usable fuel short of the destination",
        "The pilot's inadequate planning of fuel", ("Q0", "D1", "6408"),
    ),
    Cause(
        "bounce", 10, -2.2, "flare", ("092", "090"), ("551",), (200, 260), (571,),
        ("0106204120", "0106203720"), ((24535, 3109), (24539, 3127)),
        "touched down hard, bounced and settled on the nose wheel",
        "The pilot's late flare", ("C", "ED", "6417"),
    ),
    Cause(
        "gear", 6, -2.6, "landing", ("094", "095"), ("551", "552"), (191, 232), (571, 572),
        ("0102321001", "0206304044"), ((10401, 1135), (22002, 3128)),
        "came to rest on its belly after the landing gear folded",
        "A landing gear that was not down and locked", ("D0", "EE", "6410"),
    ),
    Cause(
        "overrun", 7, -1.3, "landing roll", ("300", "380"), ("552", "301"), (340, 310), (572, 523),
        ("0106203720", "0301703591", "0204152044"), ((24531, 3122), (24536, 3128)),
        "could not be stopped on the runway that was left and ran through a fence",
        "A touchdown too far along the runway", ("E", "EF", "6407"),
    ),
    Cause(
        "terrain", 6, 2.0, "cruise", ("120", "401"), ("402", "404"), (230, 240), (541, 540),
        ("0303501091", "0204152044"), ((24015, 3102), (20000, 2214), (20100, 2304)),
        "entered cloud over rising ground and did not come out of it",
        "The pilot's decision to continue into cloud", ("K", "D1", "6404"),
    ),
    Cause(
        "object", 5, 0.7, "maneuvering", ("220",), ("452", "453"), (220, 230), (581, 580),
        ("0302203291", "0302202091"), ((24526, 3127), (20200, 2517)),
        "struck wires that spanned the valley",
        "The pilot's failure to see wires", ("M0", "D4", "6415"),
    ),
    Cause(
        "midair", 1, 1.4, "pattern", ("250",), ("508", "506"), (270,), (561, 564),
        ("0202154044",), ((24021, 3115),),
        "met another airplane in the traffic pattern",
        "Both pilots' failure to see each other in time", ("L0", "D0", "6414"),
    ),
    Cause(
        "system", 4, -0.8, "climb", ("330", "333"), ("401", "402"), (130, 171), (531, 540),
        ("0102243401",), ((12005, 1135), (24100, 3109)),
        "lost its electrical power and turned back",
        "A failed alternator", ("T", "C1", "75B"),
    ),
    Cause(
        "gusts", 3, 0.2, "approach", ("360", "400"), ("500", "402"), (240, 250), (541, 560),
        ("0303404591", "0303301091"), ((20000, 2207), (24022, 3115)),
        "was rolled by a gust close to the ground",
        "An encounter with gusts at low height", ("U", "D2", "82K"),
    ),
)
# fmt: on
BY_NAME = {cause.name: cause for cause in CAUSES}
