"""Truceline: does the ceasefire hold, and do the guarantees behind it stand?

Read `truceline.case` first: it is the whole flow in a page. Read `truceline.model` second: it is
the story in types.
"""

__version__ = "0.1.0"
