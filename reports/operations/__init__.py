"""The page on operations: accidents of airlines, air taxis, general aviation, agricultural and public aircraft."""
