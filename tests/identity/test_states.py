"""States as people write them: by two letters, by three, by name."""

import pytest

from truceline.identity.states import STATES, find_state


@pytest.mark.parametrize("word", ["US", "us", "USA", "usa", "United States", " united states "])
def test_a_state_is_known_by_code_and_name(word):
    assert find_state(word) == "USA"


@pytest.mark.parametrize(("word", "code"), [("UK", "GBR"), ("GB", "GBR"), ("EL", "GRC"), ("Türkiye", "TUR")])
def test_what_people_write_besides_is_known(word, code):
    assert find_state(word) == code


@pytest.mark.parametrize("word", ["", "U", "Narnia", "USAA", "EU", "coalition", "XX"])
def test_anything_else_is_no_state(word):
    assert find_state(word) is None


def test_every_state_has_two_letters_of_its_own():
    from truceline.identity.states import _TWO_LETTERS

    assert set(_TWO_LETTERS.values()) == set(STATES)
    assert len(_TWO_LETTERS) == len(STATES) + 2  # EL and UK beside GR and GB
