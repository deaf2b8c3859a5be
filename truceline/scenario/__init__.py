"""Seeded evidence of an invented ceasefire, with the truth beside it.

`generate` writes the evidence, `score` sets an assessment against the truth. docs/scenario.md says
what is planted and why.
"""

from truceline.scenario.config import ScenarioConfig, read_scenario
from truceline.scenario.generation import generate
from truceline.scenario.scoring import Said, Score, score
from truceline.scenario.truth import Breach, Innocent, Truth, read_truth

__all__ = [
    "Breach",
    "Innocent",
    "Said",
    "ScenarioConfig",
    "Score",
    "Truth",
    "generate",
    "read_scenario",
    "read_truth",
    "score",
]
