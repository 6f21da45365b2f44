"""Settings for the property tests: no deadline, as machines differ."""

from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
