"""Extended squitters (ADS-B, downlink formats 17 and 18) out of frames of Mode S, in their order.

A position comes in two halves. A pair of them, sent within ten seconds, says where an aircraft is;
after that one half and the last place do. Parity is checked, and the same bits that another receiver
heard a moment before are not read again. What is remembered of aircraft is carried from one call to
the next, so that a stream cut anywhere gives the same rows; every memory of it is bounded.
"""

from collections.abc import Callable
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from truceline.kernels.backend import find_compiled

__all__ = ["NO_CODE", "NO_NUMBER", "NO_RATE", "SQUITTER", "Outcome", "SquitterDecoder"]

NO_NUMBER = np.iinfo(np.int32).min
"""Stands for an altitude that is not told; floats are NaN then, the other whole numbers `NO_RATE`, codes `NO_CODE`."""

NO_RATE = np.iinfo(np.int16).min
NO_CODE = 255

SQUITTER = np.dtype(
    [
        ("time_us", np.int64),
        ("lon", np.float64),
        ("lat", np.float64),
        ("speed_kn", np.float32),
        ("course_deg", np.float32),
        ("altitude_ft", np.int32),
        ("address", np.uint32),
        ("vertical_rate_ft_min", np.int16),
        ("geometric_minus_barometric_ft", np.int16),
        ("callsign", "S8"),
        ("outcome", np.uint8),
        ("form", np.uint8),
        ("control", np.uint8),
        ("code", np.uint8),
        ("foreign", np.uint8),
        ("emitter", np.uint8),
        ("version", np.uint8),
        ("nac_p", np.uint8),
        ("nac_v", np.uint8),
        ("sil", np.uint8),
        ("spare", np.uint8, 2),
    ]
)
"""What one frame told. `outcome`: an `Outcome`; `form`: the downlink format, `control` that of format 18;
`code`: the type code; `address`: 24 bits, none of ICAO's where `foreign`; altitude is barometric; speed and
course are those of the message, or of the velocity at most ten seconds before a position."""


class Outcome(IntEnum):
    """What became of a frame."""

    POSITION = 0
    IDENTITY = 1
    VELOCITY = 2
    WAITING = 3
    FAR = 4
    NOWHERE = 5
    VEHICLE = 6
    HEARD = 7
    OTHER_FORM = 8
    OTHER_CONTROL = 9
    OTHER_TYPE = 10
    WRONG_LENGTH = 11
    WRONG_PARITY = 12
    TIMELESS = 13
    NONE = 14


class SquitterDecoder:
    """Reads the frames of one stream, call after call."""

    def __init__(self, receiver: tuple[float, float] | None = None) -> None:
        """`receiver`: its (lon, lat), which places aircraft on the ground; raises ValueError off the globe."""
        self._decode = _open(receiver)

    def decode(self, frames: NDArray[np.void]) -> NDArray[np.void]:
        """Return one row of `SQUITTER` for each row of `FRAME`."""
        out = np.empty(len(frames), SQUITTER)
        self._decode(np.ascontiguousarray(frames), out)
        return out


def _open(receiver: tuple[float, float] | None) -> Callable[[NDArray[np.void], NDArray[np.void]], None]:
    compiled = find_compiled()
    if compiled is None:
        from truceline.kernels.squitters_reference import Decoder

        return Decoder(receiver).decode
    lon, lat = receiver or (0.0, 0.0)
    decoder = compiled.modes_decoder(receiver is not None, lon, lat)

    def decode(frames: NDArray[np.void], out: NDArray[np.void]) -> None:
        compiled.modes_decode(decoder, frames, out)

    return decode
