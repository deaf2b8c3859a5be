"""Is it enough: ranges against sizings, conditions, and what is left if somebody leaves."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truceline.commitment import (
    Figure,
    Need,
    Pledge,
    PoliticalStatus,
    Register,
    Requirement,
    Source,
    Trigger,
    TriggerState,
    Verdict,
)
from truceline.guarantees.adequacy import assess_adequacy, list_blocks, list_losses, try_withdrawals
from truceline.guarantees.quantities import read_quantity

SOURCE = Source("a source", date(2026, 1, 1))


def pledge(by: str, quantity: str | None, **changes: object) -> Pledge:
    figures = (Figure(read_quantity(quantity), SOURCE),) if quantity else ()
    values = {
        "id": f"{by}-troops",
        "by": by,
        "to": "UKR",
        "what": "troops",
        "made": SOURCE.day,
        "political": PoliticalStatus.ANNOUNCED,
        "source": SOURCE,
        "capability": "land-force",
        "figures": figures,
    }
    return Pledge(**{**values, **changes})  # type: ignore[arg-type]


def register(need: str, *pledges: Pledge) -> Register:
    wanted = Requirement("sizing", "A sizing", (Need("land-force", read_quantity(need)),), SOURCE)
    return Register("case", "Case", None, pledges, (wanted,), (), ())


def verdict(need: str, *pledges: Pledge) -> Verdict:
    (found,) = assess_adequacy(register(need, *pledges))
    return found.verdict


# The published figures: 15,000 against the two larger options of IISS; a force of two halves.
def test_fifteen_thousand_is_sixty_per_cent_of_a_division_and_a_quarter_of_a_large_force():
    both = (pledge("FRA", "7500 persons"), pledge("GBR", "7500 persons"))
    (division,) = assess_adequacy(register("25000 persons", *both))
    (large,) = assess_adequacy(register(">= 60000 persons", *both))
    assert division.share == (Decimal("0.6"), Decimal("0.6"))
    assert large.share[1] == Decimal("0.25")
    assert (division.verdict, large.verdict) == (Verdict.NOT_MET, Verdict.NOT_MET)


def test_without_the_united_kingdom_thirty_per_cent_are_left():
    found = try_withdrawals(register("25000 persons", pledge("FRA", "7500 persons"), pledge("GBR", "7500 persons")))
    (gone,) = (each for each in found if each.contributor == "GBR")
    assert gone.after.high == 7500
    assert gone.after.high / Decimal(25_000) == Decimal("0.3")
    assert gone.dependence == Decimal("0.5")
    assert not gone.breaks, "it was not met with it either"


@pytest.mark.parametrize(
    ("need", "quantities", "expected"),
    [
        ("10000 persons", ["10000 persons"], Verdict.MET),
        ("10000 persons", ["9999 persons"], Verdict.NOT_MET),
        ("10000 persons", ["< 20000 persons"], Verdict.CANNOT_TELL),
        ("10000 persons", ["< 9000 persons"], Verdict.NOT_MET),
        ("10000 persons", [">= 12000 persons"], Verdict.MET),
        ("10000 persons", [">= 100 persons"], Verdict.CANNOT_TELL),
        ("5000..10000 persons", ["7000 persons"], Verdict.CANNOT_TELL),
        ("< 30000 persons", ["7000 persons"], Verdict.CANNOT_TELL),
        ("< 30000 persons", ["30000 persons"], Verdict.MET),
        (">= 60000 persons", ["60000 persons"], Verdict.MET),
        ("10000 persons", [], Verdict.NOT_MET),
        ("10000 persons", ["qualitative"], Verdict.CANNOT_TELL),
        ("10000 persons", ["3 brigades"], Verdict.CANNOT_TELL),
        ("10000 persons", ["3 brigades", "10000 persons"], Verdict.MET),
    ],
)
def test_ranges_that_overlap_say_neither(need, quantities, expected):
    assert verdict(need, *(pledge(f"A{i}", text) for i, text in enumerate(quantities))) is expected


def test_sources_that_disagree_make_a_range():
    figures = (Figure(read_quantity("7000 persons"), SOURCE), Figure(read_quantity("12000 persons"), SOURCE))
    (found,) = assess_adequacy(register("10000 persons", pledge("GBR", None, figures=figures)))
    assert (found.all.low, found.all.high) == (7000, 12_000)
    assert found.verdict is Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"political": PoliticalStatus.WITHDRAWN}, "its status is withdrawn"),
        ({"political": PoliticalStatus.SUSPENDED}, "its status is suspended"),
        ({"trigger_state": TriggerState.LAPSED}, "its condition has lapsed"),
    ],
)
def test_what_does_not_count_says_why(changes, reason):
    (found,) = assess_adequacy(register("10000 persons", pledge("GBR", "9000 persons", **changes)))
    assert found.contributions[0].amount is None
    assert found.contributions[0].reason == reason
    assert found.all.high == 0


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        ((), "no number has been published"),
        ((Figure(read_quantity("EUR 3 bn"), SOURCE),), "in EUR, the need is in persons"),
        ((Figure(read_quantity("qualitative"), SOURCE),), "it has no number"),
    ],
)
def test_what_has_no_number_may_be_any(figures, reason):
    (found,) = assess_adequacy(register("10000 persons", pledge("GBR", None, figures=figures)))
    assert found.contributions[0].reason == reason
    assert (found.all.low, found.all.high) == (0, None)
    assert found.verdict is Verdict.CANNOT_TELL


def test_prices_of_two_years_are_not_added():
    money = pledge("EU", None, figures=(Figure(read_quantity("EUR 3 bn, 2024 prices"), SOURCE),))
    (found,) = assess_adequacy(register("EUR 3 bn, 2025 prices", money))
    assert "prices of another year: 2024 prices, 2025 prices" in found.contributions[0].reason


def test_a_condition_keeps_a_promise_out_of_what_is_firm():
    waits = pledge("GBR", "10000 persons", trigger=Trigger("in-force", text="in-force"))
    waits = pledge("GBR", "10000 persons", trigger=waits.trigger, trigger_state=TriggerState.UNMET)
    case = register("10000 persons", waits)
    (found,) = assess_adequacy(case)
    assert (found.firm.high, found.all.high) == (0, 10_000)
    assert (found.firm_verdict, found.verdict) == (Verdict.NOT_MET, Verdict.MET)
    assert list_blocks(case) == (("agreement in force", TriggerState.UNMET, ("GBR-troops",)),)


def test_needs_and_promises_have_their_days():
    wanted = Need("land-force", read_quantity("10000 persons"), date(2026, 2, 1), date(2026, 3, 1))
    case = Register(
        "case",
        "Case",
        None,
        (pledge("GBR", "10000 persons", due=date(2026, 2, 15)),),
        (Requirement("sizing", "A sizing", (wanted,), SOURCE),),
        (),
        (),
    )
    assert assess_adequacy(case, day=date(2026, 1, 31)) == ()
    assert assess_adequacy(case, day=date(2026, 2, 1))[0].verdict is Verdict.NOT_MET
    assert assess_adequacy(case, day=date(2026, 2, 15))[0].verdict is Verdict.MET
    assert assess_adequacy(case, day=date(2026, 3, 1)) == ()


def test_a_single_withdrawal_that_breaks_a_need_is_named():
    found = try_withdrawals(
        register(
            "10000 persons", pledge("FRA", "9000 persons"), pledge("GBR", "500 persons"), pledge("POL", "600 persons")
        )
    )
    assert {each.contributor for each in found if each.breaks} == {"FRA", "GBR", "POL"}
    found = try_withdrawals(register("9000 persons", pledge("FRA", "9000 persons"), pledge("GBR", "500 persons")))
    assert {each.contributor for each in found if each.breaks} == {"FRA"}


@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 9999)), min_size=1, max_size=6), st.integers(1, 20_000))
def test_leaving_never_helps(bounds, need):
    pledges = [pledge(f"A{i}", f"{min(pair)}..{max(pair)} persons") for i, pair in enumerate(bounds)]
    for each in try_withdrawals(register(f"{need} persons", *pledges)):
        assert each.after.high is not None
        assert each.before.high is not None
        assert each.after.high <= each.before.high
        order = (Verdict.NOT_MET, Verdict.CANNOT_TELL, Verdict.MET)
        assert order.index(each.verdict_after) <= order.index(each.verdict_before)


# --- what goes, whether or not anybody sized it -----------------------------------------------


def test_what_only_one_has_promised_goes_with_it():
    monitoring = pledge("USA", None, id="usa-monitoring", capability="monitoring")
    found = list_losses(
        register("25000 persons", pledge("FRA", "7500 persons"), pledge("USA", "10 persons"), monitoring)
    )
    losses = {loss.contributor: loss for loss in found}
    assert losses["USA"].pledges == ("USA-troops", "usa-monitoring")
    assert losses["USA"].alone == ("monitoring",)
    assert losses["FRA"].alone == (), "the United States promise troops as well"


def test_what_has_stopped_is_no_promise_beside_another():
    stopped = pledge("FRA", "7500 persons", political=PoliticalStatus.SUSPENDED)
    (loss,) = list_losses(register("25000 persons", stopped, pledge("USA", "10 persons")))
    assert (loss.contributor, loss.alone) == ("USA", ("land-force",))


def test_what_waits_for_one_that_leaves_lapses_with_it():
    def settle(pledges):
        gone = any(each.by == "USA" and each.political is PoliticalStatus.WITHDRAWN for each in pledges)
        return tuple(
            replace(each, trigger_state=TriggerState.LAPSED) if gone and each.by == "FRA" else each for each in pledges
        )

    found = list_losses(register("25000 persons", pledge("FRA", "5 persons"), pledge("USA", "5 persons")), settle)
    assert {loss.contributor: loss.lapsed for loss in found} == {"FRA": (), "USA": ("FRA-troops",)}
