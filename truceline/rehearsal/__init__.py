"""Rehearsal: what a draft agreement would have raised in past weeks, before anyone signs it."""

from truceline.rehearsal.backtest import Request, rehearse, rehearse_case
from truceline.rehearsal.result import Rehearsal

__all__ = ["Rehearsal", "Request", "rehearse", "rehearse_case"]
