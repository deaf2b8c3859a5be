"""Truceline: does the ceasefire hold, and do the guarantees behind it stand?

Read `truceline.case` first: it is the whole flow in a page. Read `truceline.model` second: it is
the story in types.
"""

import os

__version__ = "0.1.0"

os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:100,muzzy_decay_ms:0")
# read when polars is loaded: what it frees goes back after a tenth of a second, which lowers the peak of large cases
