"""Harmonized codes in words."""

# Occurrence categories of the CAST/ICAO Common Taxonomy Team (CICTT).
OCCURRENCES = {
    "ADRM": "Aerodrome",
    "AMAN": "Abrupt maneuver",
    "ARC": "Abnormal runway contact",
    "ATM": "Air traffic management",
    "BIRD": "Birds",
    "CABIN": "Cabin safety",
    "CFIT": "Controlled flight into terrain",
    "CTOL": "Collision with obstacles during takeoff or landing",
    "EVAC": "Evacuation",
    "EXTL": "External load",
    "F-NI": "Fire or smoke, not from impact",
    "F-POST": "Fire or smoke after impact",
    "FUEL": "Fuel",
    "GCOL": "Ground collision",
    "GTOW": "Glider towing",
    "ICE": "Icing",
    "LALT": "Low altitude",
    "LOC-G": "Loss of control on the ground",
    "LOC-I": "Loss of control in flight",
    "LOLI": "Loss of lifting conditions",
    "MAC": "Midair collision or near miss",
    "MED": "Medical",
    "NAV": "Navigation",
    "OTHR": "Other",
    "RAMP": "Ground handling",
    "RE": "Runway excursion",
    "RI": "Runway incursion",
    "SCF-NP": "System or component failure, not the engine",
    "SCF-PP": "Engine failure",
    "SEC": "Security",
    "TURB": "Turbulence",
    "UIMC": "Unintended flight in instrument conditions",
    "UNK": "Unknown",
    "USOS": "Undershoot or overshoot",
    "WILD": "Wildlife",
    "WSTRW": "Wind shear or thunderstorm",
}
SEVERITIES = {"FATL": "Fatal", "SERS": "Serious injuries", "MINR": "Minor injuries", "NONE": "No injuries"}
NOT_STATED = "Not stated"


def label(topic: str, value: str | None) -> str:
    """Return a value of `occurrence`, `severity` or another harmonized field in words."""
    if value is None:
        return NOT_STATED
    words = {"occurrence": OCCURRENCES, "severity": SEVERITIES}.get(topic, {})
    return words.get(value) or ("Unknown" if value == "UNK" else value.capitalize())
