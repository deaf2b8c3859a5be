"""The TOML body of a block: values by tomllib, lines by our own walk."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.agreement.body import BodyError, locate_keys, read_body

BODY = """\
id = "a"            # line 10; [not] = a "key"
starts = { UA = "x", AF = "y" }
polygon = [
  [36.5, 46.7],
  # a comment, with [brackets] and = signs
  [40.3, 46.7],
]
text = \"\"\"
[not.a.table]
a = 1
\"\"\"
'quoted key' = '''
b = 2'''
a.b.c = 1

[deep."er one"]
x = [ { y = 1 }, { y = 2,
  z = 3 } ]

[[alternatives]]
name = "first"
starts = 2020-07-27T00:01:00+03:00

[[alternatives]]
name = "second"
[alternatives.starts]
UA = "z"
"""


def test_every_key_is_found_on_its_line():
    tomllib.loads(BODY.replace("2,\n  z", "2, z"))  # TOML 1.0 wants inline tables on one line
    body = BODY.replace("{ y = 2,\n  z = 3 }", "{ y = 2, z = 3 }")
    assert locate_keys(body, 10) == {
        "id": 10,
        "starts": 11,
        "starts.UA": 11,
        "starts.AF": 11,
        "polygon": 12,
        "polygon[0]": 13,
        "polygon[0][0]": 13,
        "polygon[0][1]": 13,
        "polygon[1]": 15,
        "polygon[1][0]": 15,
        "polygon[1][1]": 15,
        "text": 17,
        "quoted key": 21,
        "a": 23,
        "a.b": 23,
        "a.b.c": 23,
        "deep": 25,
        "deep.er one": 25,
        "deep.er one.x": 26,
        "deep.er one.x[0]": 26,
        "deep.er one.x[0].y": 26,
        "deep.er one.x[1]": 26,
        "deep.er one.x[1].y": 26,
        "deep.er one.x[1].z": 26,
        "alternatives": 28,
        "alternatives[0]": 28,
        "alternatives[0].name": 29,
        "alternatives[0].starts": 30,
        "alternatives[1]": 32,
        "alternatives[1].name": 33,
        "alternatives[1].starts": 34,
        "alternatives[1].starts.UA": 35,
    }


def paths(value, path=""):
    """Yield the path of every key and list item of a TOML value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (inner := f"{path}.{key}" if path else key)
            yield from paths(item, inner)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield f"{path}[{number}]"
            yield from paths(item, f"{path}[{number}]")


KEYS = st.text("abcde-_1", min_size=1, max_size=4)
SCALARS = st.one_of(
    st.integers(-99, 99).map(str),
    st.floats(-9, 9).map(lambda number: f"{number:.3f}"),
    st.text('ab #[]{}=,."\\\n', max_size=9).map(
        lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    ),
    st.text("ab #[]{}=,.\"\n'", max_size=6)
    .filter(lambda text: "''" not in text and not text.endswith("'") and not text.startswith("'"))
    .map(lambda text: f"'''{text}'''"),
    st.sampled_from(["true", "2020-07-27T00:01:00+03:00", "2020-07-27"]),
)


def written(values):
    """Return TOML text for nested lists and tables of scalars that are already text."""
    if isinstance(values, list):
        return "[" + ",\n # x = [1]\n".join(written(item) for item in values) + "]"
    if isinstance(values, dict):
        return "{" + ", ".join(f"{key} = {written(item)}" for key, item in values.items()) + "}"
    return values


VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


@settings(max_examples=60)
@given(st.dictionaries(KEYS, VALUES, max_size=4), st.integers(1, 50))
def test_the_walk_finds_exactly_the_keys_that_toml_has(tables, first):
    body = "".join(f"\n{key} = {written(value)}" for key, value in tables.items())
    try:
        values = read_body(body)
    except BodyError:
        return  # a line break inside an inline table
    lines = locate_keys(body, first)
    assert set(lines) == set(paths(values))
    for key in tables:
        assert body.split("\n")[lines[key] - first].startswith(f"{key} =")


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ('a = "x"\nb = oops\n', 2, "Invalid value"),
        ("a = 1\n\na = 2\n", 3, "overwrite"),
        ("a = [1,\n2\n", 2, "Unclosed array"),
        ("a\n", 1, "Expected '='"),
        ("a = 2020-13-01\n", 1, "TOML not understood"),
        ('ok = 1\na = """\nnever closed\n', 3, "TOML not understood"),
        ("a = " + "[" * 20 + "]" * 20, 1, "nested too deep"),
        ("a = " + "[" * 50_000, 1, "nested too deep"),
        ("x = 1\n" + "a." * 50 + "a = 1", 2, "too many parts"),
        ("a = " + "9" * 10_000, 1, "out of range"),
        ("ok = 1\na = '" + "x" * 1_000_001 + "'", 2, "too long"),
    ],
)
def test_the_first_error_of_syntax_has_its_line(body, line, words):
    with pytest.raises(BodyError) as caught:
        read_body(body)
    assert caught.value.line == line
    assert words in str(caught.value)


def test_a_long_number_list_with_dots_is_no_key_of_many_parts():
    assert read_body("a = [" + ", ".join(["1.5"] * 500) + "]")["a"] == [1.5] * 500
