"""A process that matches what waits in a store, as fast as it can. python killed_matching.py WHERE"""

from __future__ import annotations

import sys

from travelcrawl.stores.factory import places_at
from travelcrawl.stores.matchmaker import Matchmaker

with places_at(sys.argv[1]) as places:
    maker = Matchmaker(places)
    while maker.step():
        pass
