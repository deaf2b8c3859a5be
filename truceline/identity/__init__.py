"""Who gave a transponder its number: the flag behind an MMSI, the state behind an ICAO address.

A flag is no party to an agreement, and nothing in Truceline makes it one: a ship of a state's
flag may serve anybody, and a number can be borrowed or made up.
"""

from truceline.identity.numbers import flag_of_mmsi, flags_of_mmsi, state_of_icao, states_of_icao

__all__ = ["flag_of_mmsi", "flags_of_mmsi", "state_of_icao", "states_of_icao"]
