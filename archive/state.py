"""Where the local, derived state of an archive lies (index, frontier): never part of the archive itself."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from archive.bucket import folder_of
from archive.layout import STATE_FOLDER
from archive.s3_options import parse_s3

INDEX_FILE = "index.sqlite"
"""The near-duplicate index in that folder."""


def state_folder(uri: str | Path) -> Path:
    """The folder of an archive's local state: `.state/` in a folder archive; for a bucket, a folder of the
    user's state directory, named by a digest of the URI. It may not exist yet."""
    folder = folder_of(uri)
    if folder is not None:
        return folder.absolute() / STATE_FOLDER
    import platformdirs  # only who has a bucket needs it

    place = parse_s3(str(uri))
    # Two stores may each have a bucket of this name; a profile may name one. Other options make no other archive of it.
    store = place.options.endpoint or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    store = store or place.options.profile or ""
    name = hashlib.sha256(f"{store} {place.uri}".encode()).hexdigest()[:16]
    return Path(platformdirs.user_state_dir("breachwire")) / name
