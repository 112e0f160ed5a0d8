"""What holds for every test."""

from hypothesis import settings

pytest_plugins = ("tests.archive_s3_fixtures",)

# How long an example takes says nothing on a machine that others use, too.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
