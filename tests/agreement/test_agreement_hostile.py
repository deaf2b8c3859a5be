"""Whatever comes: no traceback, no escape, every problem on a line that the file has."""

import json
import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truceline.agreement import read_agreement, resolve

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.md"))
MEASURES = (Path(__file__).parent / "measures.md").read_text("utf-8")
FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def lines_of(data: bytes) -> int:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1


def assert_sound(agreement, problems, data):
    last = lines_of(data)
    assert all(1 <= problem.line <= last for problem in problems)
    assert problems == sorted(problems, key=lambda problem: problem.line)
    assert len(problems) == len(set(problems)) <= 5_001
    assert all(str(problem).isprintable() and len(str(problem)) < 4000 for problem in problems)
    if agreement is None:
        assert any(problem.severity == "error" for problem in problems)
    elif not any(problem.what == "too much to judge" for problem in problems):
        resolve(agreement, {})


@FUZZ
@given(st.binary(max_size=400))
def test_random_bytes_are_a_problem_and_nothing_worse(check, data):
    agreement, problems = check(data)
    assert agreement is None
    assert problems
    assert_sound(agreement, problems, data)


PIECES = st.sampled_from(
    [
        "```",
        "````",
        "~~~",
        "agreement",
        "clause fire",
        "party UA",
        "zone z",
        "amendment a",
        "line l",
        "\n",
        "\n\n",
        "# T\n",
        "\r\n",
        'id = "x"',
        'status = "signed"',
        'starts = "2026-01-10T00:00 UTC"',
        'ends = "open"',
        "ends = ",
        "{ UA = ",
        "[[alternatives]]",
        'name = "a"',
        'binds = ["UA"]',
        "polygon = ",
        "[[0, 0], [1, 0], [1, 1]]",
        'area = "UA-51"',
        '"',
        "'''",
        "]",
        "}",
        "= ",
        "- ",
        "> ",
        "\t",
        "\x1b[31m",
        "\x00",
        "é",
        "\u2028",
        'kind = "change"',
        "set = { coverage = 0.5 }",
    ]
)


@FUZZ
@given(st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join))
def test_pieces_of_documents_in_any_order(check, text):
    data = text.encode("utf-8", "surrogatepass")
    assert_sound(*check(data), data)


@FUZZ
@given(st.data())
def test_a_good_document_with_a_piece_cut_out_or_put_in(check, data):
    start = data.draw(st.integers(0, len(MEASURES)))
    end = data.draw(st.integers(start, min(start + 30, len(MEASURES))))
    text = MEASURES[:start] + data.draw(PIECES | st.just("")) + MEASURES[end:]
    assert_sound(*check(text.encode()), text.encode())


@FUZZ
@given(
    st.sampled_from(["starts", "ends", "after", "released_by", "alternatives", "coverage", "binds", "set", "polygon"]),
    st.recursive(
        st.one_of(
            st.integers(-5, 5).map(str),
            st.sampled_from(
                ["nan", "inf", "true", "2026-01-10", "07:32:00", '"open"', '"30 d"', '"determination x"', '""']
            ),
            st.text("ab \x7f", max_size=3).map(json.dumps),
        ),
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
            | st.dictionaries(
                st.sampled_from(["UA", "not_before", "not_after", "name", "zone", "coverage"]), inner, max_size=3
            ).map(lambda table: "{" + ", ".join(f"{key} = {item}" for key, item in table.items()) + "}")
        ),
        max_leaves=6,
    ),
    st.sampled_from(["agreement", "party UA", "clause fire-1", "amendment a", "zone z"]),
)
def test_any_value_under_any_key(check, key, value, block):
    text = MEASURES + f"\n```{block}\n{key} = {value}\n```\n"
    text = text.replace("```clause fire-1\n", f"```clause fire-1\n{key} = {value}\n") if "fire" in block else text
    assert_sound(*check(text.encode()), text.encode())


RICH = "\n".join(
    text
    for text in re.findall(
        r"^````markdown\n(.*?)^````$",
        (Path(__file__).parents[2] / "docs" / "agreement.md").read_text("utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    if "energy" not in text
).split("\n")
ODD = [
    "1",
    "{}",
    "[]",
    '""',
    "nan",
    "2026-01-01",
    "[[]]",
    '{ UA = "open" }',
    '[{ name = "a", zone = 3 }, { name = "b" }]',
]


@FUZZ
@given(
    st.lists(
        st.tuples(st.integers(0, len(RICH) - 1), st.sampled_from([*ODD, *RICH]), st.sampled_from("=+-")),
        min_size=1,
        max_size=4,
    )
)
def test_a_rich_document_with_lines_changed_added_and_left_out(check, edits):
    lines = list(RICH)
    for place, text, how in edits:
        at = min(place, len(lines) - 1)
        if how == "+":
            lines.insert(at, text)
        elif how == "-" or "=" not in lines[at]:
            lines[at] = ""
        else:
            lines[at] = lines[at].partition("=")[0] + "= " + text
    data = "\n".join(lines).encode()
    assert_sound(*check(data), data)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_document_is_still_resolved_without_a_traceback(path):
    agreement, problems = read_agreement(path)
    assert_sound(agreement, problems, path.read_bytes())


# --- files that are no documents --------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"", 1, "an empty file"),
        (b" \n\t\n", 1, "an empty file"),
        (MEASURES.encode("utf-16"), 1, "UTF-16"),
        (MEASURES.encode("utf-16-be"), 1, "NUL"),
        (MEASURES.replace("Ukraine", "Україна").encode("cp1251"), 13, "not UTF-8"),
        (MEASURES.replace("Ukraine", "Ukra\0ine").encode(), 13, "NUL character"),
        (bytes(range(256)), 2, "not UTF-8"),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 50, 1, "not UTF-8"),
        (b"a" * 5_000_001, 1, "more than 5,000,000 bytes"),
        (b"\n" * 4_000_000 + b"a", 100_000, "more than 100,000 lines"),
    ],
)
def test_what_is_no_text_is_one_clear_problem(check, data, line, words):
    agreement, problems = check(data)
    assert agreement is None
    assert [problem.line for problem in problems] == [line]
    assert words in str(problems[0])


def test_a_file_that_is_not_there_or_no_file(tmp_path):
    for path, words in ((tmp_path / "none.md", "no such file"), (tmp_path, "not a file"), (Path("\0"), "agreement")):
        agreement, problems = read_agreement(path)
        assert agreement is None
        assert words in str(problems[0])


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    agreement, problems = read_agreement(tmp_path / "pipe.md")
    assert agreement is None
    assert "not a file" in str(problems[0])


@pytest.mark.parametrize(
    "variant",
    [
        b"\xef\xbb\xbf" + MEASURES.encode(),
        MEASURES.replace("\n", "\r\n").encode(),
        MEASURES.replace("\n", "\r").encode(),
        MEASURES.replace("\n", "  \n").encode(),
        MEASURES.rstrip("\n").encode(),
    ],
)
def test_byte_order_mark_and_line_ends_make_no_difference(check, variant):
    plain, _ = check(MEASURES)
    agreement, problems = check(variant)
    assert problems == []
    assert agreement.clauses[0].block == plain.clauses[0].block
    assert agreement.clauses[0].article == plain.clauses[0].article


HEAD = '```agreement\nid = "t"\nstatus = "signed"\nstarts = "2026-01-10T00:00 UTC"\nends = "open"\n```\n\n'


PARTIES = '```party UA\nname = "Ukraine"\nstatus = "accepted"\n```\n\n'
CLAUSE = '```clause c{}\nkind = "text"\nbinds = ["UA"]\n```\n'
CHANGE = '```amendment a{}\nkind = "change"\nstarts = "2026-02-01T00:00 UTC"\nset = {{ coverage = 0.5 }}\n```\n'
CLAIM = '[[alternatives]]\nname = "reading {}"\nends = "9 d"\n'


@pytest.mark.parametrize(
    "text",
    [
        "- a\n" * 99_000,
        "#\n" * 99_000,
        ">" * 4_900_000,
        "[" * 4_900_000,
        "```\n" * 99_000,
        HEAD + "```zone z\npolygon = " + "[" * 900_000 + "\n```\n",
        HEAD + "```zone z\n" + ".".join("a" * 400_000) + " = 1\n```\n",
        HEAD + "".join(f"```clause c-{n}\n```\n" for n in range(30_000)),
        HEAD + "```clause c\n" + "[[a]]\nb = 1\n" * 90_000 + "```\n",
        HEAD + "```clause c\na = '" + "x" * 4_000_000 + "'\n```\n",
        HEAD
        + PARTIES
        + "".join(CLAUSE.format(n) for n in range(5_000))
        + "".join(CHANGE.format(n) for n in range(5_000)),
        HEAD.replace("```\n\n", "".join(CLAIM.format(n) for n in range(9_000)) + "```\n\n")
        + PARTIES
        + "".join(CLAUSE.format(n) for n in range(5_000)),
        HEAD + "".join(f'```group g{n}\nname = "G"\nmembers = ["x{n}", "y{n}"]\n```\n' for n in range(15_000)),
        HEAD + "```party P\n" + "".join(f"key{n} = 1\n" for n in range(50_000)) + "```\n",
    ],
    ids=lambda text: repr(text[-20:]),
)
def test_what_is_made_to_be_slow_is_not(check, text):
    begun = time.process_time()
    agreement, problems = check(text)
    assert problems
    assert_sound(agreement, problems, text.encode())
    assert time.process_time() - begun < 20


def test_what_others_write_after_a_fence_is_no_slip(check):
    languages = ["python", "Groovy", "dart", "clojure", "perl", "objective-c", "text", "note", "mermaid", "{.python}"]
    _, problems = check(HEAD + "".join(f"```{language} clause\nx\n```\n\n" for language in languages))
    assert problems == []


def test_control_characters_do_not_reach_the_terminal(check):
    _, problems = check(HEAD.replace('"signed"', '"sig\\u001b[31mned\\u0007"'))
    assert "\x1b" not in str(problems[0])
    assert "\\x1b[31m" in str(problems[0])


# --- files beside the document ----------------------------------------------------------------


def zone_file(check, tmp_path, content, keys='file = "zones.geojson#a"'):
    if content is not None:
        (tmp_path / "zones.geojson").write_bytes(
            content if isinstance(content, bytes) else json.dumps(content).encode()
        )
    return check(HEAD + f"```zone z\n{keys}\n```\n")[1]


SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}


def feature(name, geometry=SQUARE):
    return {"type": "Feature", "properties": {"name": name}, "geometry": geometry}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not GeoJSON"),
        (b"\xff\xfe\x00", "not GeoJSON"),
        (b"[" * 100_000, "not GeoJSON"),
        (b'{"features": [NaN]}', "NaN is not a number"),
        ([], "FeatureCollection"),
        ({"features": {}}, "FeatureCollection"),
        ({"features": [None, 3, {"properties": []}, feature("b")]}, "feature not found"),
        ({"features": [feature("a"), feature("a", dict(SQUARE))]}, "two features of one name"),
        ({"features": [feature("a", None)]}, "feature of the wrong kind"),
        ({"features": [feature("a", {"type": "Point", "coordinates": [0, 0]})]}, "feature of the wrong kind"),
        ({"features": [feature("a", {"type": "Polygon"})]}, "coordinates not understood"),
        ({"features": [feature("a", {"type": "Polygon", "coordinates": [[["x", 0]]]})]}, "not understood"),
        ({"features": [feature("a", {"type": ["Polygon"], "coordinates": []})]}, "wrong kind"),
    ],
)
def test_a_file_that_is_no_map_is_one_problem(check, tmp_path, content, words):
    problems = zone_file(check, tmp_path, content)
    assert len(problems) == 1
    assert words in str(problems[0])
    assert problems[0].line == 9


@pytest.mark.parametrize(
    "path", ["../out.geojson", "/etc/passwd", "sub/../../out.geojson", "link.geojson", "\\u0000", "."]
)
def test_no_file_outside_the_folder_is_opened(check, tmp_path, path):
    folder = tmp_path / "case"
    folder.mkdir()
    (tmp_path / "out.geojson").write_text(json.dumps({"features": [feature("a")]}))
    (folder / "link.geojson").symlink_to(tmp_path / "out.geojson")
    document = folder / "agreement.md"
    document.write_text(HEAD + f'```zone z\nfile = "{path}#a"\n```\n')
    _, problems = read_agreement(document)
    assert [problem.line for problem in problems] == [9]
    assert "file " in problems[0].what
