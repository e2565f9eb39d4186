"""What holds for all tests."""

from hypothesis import settings

# A busy machine is no fault of the code: 295 ms were seen for an example of 1 ms (2026-11-22).
settings.register_profile("travelcrawl", deadline=None)
settings.load_profile("travelcrawl")
