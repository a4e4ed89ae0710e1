"""Vocabulary of the samples: fictitious towns, real aircraft types with typical values, states and countries."""

from typing import NamedTuple


class Location(NamedTuple):
    """A fictitious town: degrees north and east, standard-time offset in hours behind UTC, airport code."""

    town: str
    state: str | None
    country: str
    latitude: float
    longitude: float
    hours: int
    airport: str


class AircraftType(NamedTuple):
    """An aircraft type. Weight in lb, power in hp (lbf for jets), `share` is its relative frequency."""

    make: str
    model: str
    category: str
    engines: int
    power_plant: str
    power: int
    weight: int
    seats: int
    engine: str
    engine_model: str
    share: float


def parse_locations(text: str) -> list[Location]:
    """Return the locations from lines of town|state|country|latitude|longitude|hours|airport."""
    fields = [line.split("|") for line in text.strip().splitlines()]
    return [Location(t, s or None, c, float(n), float(e), int(h), a) for t, s, c, n, e, h, a in fields]


def parse_aircraft_types(text: str) -> list[AircraftType]:
    """Return the types in lines of make|model|category|engines|plant|power|weight|seats|engine maker|engine|share."""
    fields = [line.split("|") for line in text.strip().splitlines()]
    return [
        AircraftType(a, b, c, int(n), p, int(hp), int(lb), int(s), e, m, float(w))
        for a, b, c, n, p, hp, lb, s, e, m, w in fields
    ]


LOCATIONS = parse_locations("""
Quillmark|AK|USA|61.62|-149.35|9|QLM
Sorrel Landing|AK|USA|64.71|-147.44|9|SRL
Tamarask|AK|USA|59.83|-158.20|9|TMK
Marlow Flats|AL|USA|33.12|-86.84|6|MFL
Dunnavant Cross|AR|USA|34.85|-92.61|6|DVC
Copper Wells|AZ|USA|33.38|-112.29|7|CPW
Pinto Mesa|AZ|USA|34.92|-111.62|7|PTM
Almendra|CA|USA|37.41|-120.77|8|ALM
Costa Bruna|CA|USA|34.18|-118.92|8|CBR
Larkspur Gap|CA|USA|39.27|-121.46|8|LKG
San Belmonte|CA|USA|33.07|-116.98|8|SBM
Granite Ford|CO|USA|39.62|-105.31|7|GRF
Sable Creek|CO|USA|38.21|-106.84|7|SBC
Old Harwin|CT|USA|41.55|-72.70|5|OHW
Cape Verdant|FL|USA|28.37|-81.52|5|CVD
Palmetto Run|FL|USA|26.61|-80.36|5|PMR
Sandhill Key|FL|USA|29.88|-83.10|5|SHK
Tolliver|GA|USA|33.05|-83.92|5|TLV
Kahaloa|HI|USA|20.87|-156.45|10|KHL
Bramble Grove|IA|USA|41.83|-93.52|6|BBG
Lodestone|ID|USA|44.12|-115.63|7|LDS
Prairie Steeple|IL|USA|40.31|-89.27|6|PSP
Wexham|IN|USA|40.02|-86.33|5|WXM
Dry Sedge|KS|USA|38.14|-98.42|6|DSG
Harlan Bluff|KY|USA|37.58|-84.71|5|HLB
Cypress Parish|LA|USA|30.47|-91.95|6|CYP
Fairwater|MD|USA|39.15|-76.88|5|FRW
Spruce Hollow|ME|USA|44.74|-69.43|5|SPH
Grand Orchard|MI|USA|43.21|-85.12|5|GOR
Loon Narrows|MN|USA|46.02|-94.31|6|LNN
Ozark Bend|MO|USA|37.32|-92.15|6|OZB
Magpie Butte|MT|USA|46.83|-110.57|7|MGB
Cotter's Ridge|NC|USA|35.62|-80.24|5|CTR
Sagebrook|NM|USA|35.18|-105.94|7|SGB
Mirage Lake|NV|USA|39.42|-117.36|8|MRL
Hudson Stile|NY|USA|42.33|-74.15|5|HDS
Maple Furnace|OH|USA|40.51|-82.64|5|MPF
Red Sumac|OK|USA|35.71|-97.83|6|RSM
Fern Crossing|OR|USA|44.38|-122.74|8|FNX
Stonebarrow|PA|USA|40.77|-77.52|5|STB
Cumber Valley|TN|USA|35.83|-86.11|6|CMV
Bluebonnet Flat|TX|USA|30.92|-97.45|6|BBF
Caliche|TX|USA|31.77|-102.48|6|CLC
Mesquite Bay|TX|USA|28.36|-97.12|6|MSB
Vermilion Arch|UT|USA|38.64|-110.53|7|VMA
Tidewater Mills|VA|USA|37.44|-77.21|5|TDM
Cedar Sound|WA|USA|47.61|-121.93|8|CDS
Badger Slough|WI|USA|44.27|-89.58|6|BGS
Antler Gulch|WY|USA|42.95|-107.24|7|ATG
Pedra Alta||BR|-22.71|-47.31|3|SDPA
Baie des Cygnes||CA|48.92|-71.85|5|CBC9
Port Calderwick||UK|53.14|-1.72|0|EGXC
Vallon-les-Pins||FR|44.35|5.64|-1|LFVP
Santa Leocadia||MX|20.84|-101.93|6|MMLC
""")
AIRCRAFT_TYPES = parse_aircraft_types("""
CESSNA|150|AIR|1|REC|100|1600|2|CONTINENTAL|O-200-A|6
CESSNA|172|AIR|1|REC|160|2400|4|LYCOMING|O-320-E2D|12
CESSNA|182|AIR|1|REC|230|2950|4|CONTINENTAL|O-470-R|7
CESSNA|208B|AIR|1|TP|675|8750|10|P&W CANADA|PT6A-114A|2
CESSNA|310|AIR|2|REC|260|5100|6|CONTINENTAL|IO-470-U|3
CESSNA|560|AIR|2|TF|2900|16300|9|P&W CANADA|JT15D-5A|1.5
PIPER|PA-18-150|AIR|1|REC|150|1750|2|LYCOMING|O-320|5
PIPER|PA-28-140|AIR|1|REC|150|2150|4|LYCOMING|O-320-E3D|8
PIPER|PA-28-181|AIR|1|REC|180|2550|4|LYCOMING|O-360-A4M|5
PIPER|PA-32-300|AIR|1|REC|300|3400|6|LYCOMING|IO-540-K1A5|3
PIPER|PA-34-200T|AIR|2|REC|200|4570|6|CONTINENTAL|TSIO-360-E|3
BEECH|A36|AIR|1|REC|285|3600|6|CONTINENTAL|IO-520-BB|5
BEECH|58|AIR|2|REC|285|5400|6|CONTINENTAL|IO-520-C|3
BEECH|200|AIR|2|TP|850|12500|9|P&W CANADA|PT6A-41|2
MOONEY|M20J|AIR|1|REC|200|2740|4|LYCOMING|IO-360-A3B6D|4
CIRRUS|SR22|AIR|1|REC|310|3400|4|CONTINENTAL|IO-550-N|4
VANS|RV-6A|AIR|1|REC|180|1650|2|LYCOMING|O-360-A1A|5
RUTAN|LONG-EZ|AIR|1|REC|115|1425|2|LYCOMING|O-235-L2C|2
AIR TRACTOR|AT-502|AIR|1|TP|680|9400|1|P&W CANADA|PT6A-15AG|4
BOEING|737|AIR|2|TF|22000|138500|141|CFM INTL|CFM56-3|3
AIRBUS|A320|AIR|2|TF|26500|166400|156|CFM INTL|CFM56-5A|2
MCDONNELL DOUGLAS|MD-82|AIR|2|TF|20000|149500|147|P&W|JT8D-217|1
ROBINSON|R22|HELI|1|REC|124|1370|2|LYCOMING|O-320-B2C|4
ROBINSON|R44|HELI|1|REC|205|2400|4|LYCOMING|O-540-F1B5|4
BELL|206B|HELI|1|TS|420|3200|5|ALLISON|250-C20J|4
BELL|407|HELI|1|TS|650|5250|7|ROLLS ROYCE|250-C47B|2
SCHWEIZER|SGS 2-33A|GLI|0|NONE|0|1040|2|||3
SCHLEICHER|ASW-20|GLI|0|NONE|0|1000|1|||1
BALLOON WORKS|FIREFLY 7|BALL|0|NONE|0|1500|4|||1.5
AIR COMMAND|532|GYRO|1|REC|64|700|1|ROTAX|532|1
""")
FIRST_BUILT = {"VANS": 1986, "RUTAN": 1980, "CIRRUS": 1999, "AIRBUS": 1988, "ROBINSON": 1979, "AIR COMMAND": 1984}
HOMEBUILT = ("VANS", "RUTAN", "AIR COMMAND")
OWNERS = ("Marigold Flyers, Inc.", "J. Doe", "EXAMPLE AIR LLC", 'Blue "Heron" Aviation', "José Muñoz", "On file", None)
CARRIERS = ("NORTHWIND AIRLINES", "Sampleton Air", "MERIDIAN EXAMPLE AIRWAYS, LLC")
TAXIS = ("Juniper Air Taxi", "FIELD & STREAM CHARTER", "Kestrel Sample Services")
STREETS = ("12 Hangar Row", "400 Taxiway Rd", "P.O. Box 7", "9 Windsock Lane")
FOREIGN_EVENT_WEIGHT = 0.6  # of a foreign location, relative to a domestic one
STATES = """AK ALASKA AL|AL ALABAMA SO|AR ARKANSAS SW|AZ ARIZONA WP|CA CALIFORNIA WP|CO COLORADO NM|CT CONNECTICUT NE
DC DISTRICT_OF_COLUMBIA EA|DE DELAWARE EA|FL FLORIDA SO|GA GEORGIA SO|HI HAWAII WP|IA IOWA CE|ID IDAHO NM|IL ILLINOIS GL
IN INDIANA GL|KS KANSAS CE|KY KENTUCKY SO|LA LOUISIANA SW|MA MASSACHUSETTS NE|MD MARYLAND EA|ME MAINE NE|MI MICHIGAN GL
MN MINNESOTA GL|MO MISSOURI CE|MS MISSISSIPPI SO|MT MONTANA NM|NC NORTH_CAROLINA SO|ND NORTH_DAKOTA GL|NE NEBRASKA CE
NH NEW_HAMPSHIRE NE|NJ NEW_JERSEY EA|NM NEW_MEXICO SW|NV NEVADA WP|NY NEW_YORK EA|OH OHIO GL|OK OKLAHOMA SW|OR OREGON NM
PA PENNSYLVANIA EA|RI RHODE_ISLAND NE|SC SOUTH_CAROLINA SO|SD SOUTH_DAKOTA GL|TN TENNESSEE SO|TX TEXAS SW|UT UTAH NM
VA VIRGINIA EA|VT VERMONT NE|WA WASHINGTON NM|WI WISCONSIN GL|WV WEST_VIRGINIA EA|WY WYOMING NM"""
COUNTRIES = """USA United States|AS Australia|AU Austria|BE Belgium|BR Brazil|CA Canada|CI Chile|CH China|CO Colombia
DA Denmark|EI Ireland|FI Finland|FR France|GM Germany|GR Greece|IC Iceland|IN India|IS Israel|IT Italy|JA Japan|KE Kenya
MX Mexico|NL Netherlands|NO Norway|NZ New Zealand|PE Peru|PL Poland|PO Portugal|RP Philippines|SF South Africa|SP Spain
SW Sweden|SZ Switzerland|TH Thailand|TU Turkey|UK United Kingdom|VE Venezuela"""


def pairs(text: str) -> list[str]:
    """Return the entries of a list that are separated by bars or line breaks."""
    return [entry.strip() for line in text.splitlines() for entry in line.split("|")]
