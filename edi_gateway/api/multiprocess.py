"""Room for the counters of several workers. Imports nothing that counts, so that it can run before anything does."""

import os
from pathlib import Path

from edi_gateway.settings import Settings

DIRECTORY_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Read by prometheus-client when it is first imported: set it before, and before workers are started."""


def prepare(settings: Settings) -> None:
    """Let the workers of this server share their counters through files, and begin at zero."""
    directory = settings.data_dir / "metrics"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left_over in Path(directory).glob("*.db"):
        left_over.unlink()
    os.environ[DIRECTORY_VARIABLE] = str(directory)
