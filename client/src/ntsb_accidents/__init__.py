"""Aviation accidents of the NTSB, from a release in a folder or at an HTTP address.

>>> data = open(ADDRESS)
>>> data.events(years=[2019], states=["AK"], columns=["ev_id", "ev_state"]).columns.tolist()
['ev_id', 'ev_state']
>>> data.codes("ev_highest_injury").loc[:, ["code", "meaning"]].head(2).values.tolist()
[['FATL', 'Fatal'], ['MINR', 'Minor']]
>>> data.verify()
"""

from ntsb_accidents.release import Release, open
from ntsb_accidents.storage import InvalidBundle

__all__ = ["InvalidBundle", "Release", "open"]
