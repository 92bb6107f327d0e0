from hypothesis import settings

# No deadline: how long an example takes depends on the machine, and no test may.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
