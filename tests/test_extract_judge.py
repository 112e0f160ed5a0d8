"""The judge of lines: its model as data, its features, its choice beside the rules."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.train_judge import covered, fold
from pipelines.extract.amid import read_parts
from pipelines.extract.blocks import Block
from pipelines.extract.decode import parse
from pipelines.extract.features import Lines, features
from pipelines.extract.judge import choose, judge
from pipelines.extract.model import Model, model, why_not
from pipelines.extract.overrule import drawn_out, overruled, pointers, sign_ups, told_of
from pipelines.extract.prune import prune
from pipelines.extract.segments import read_segments
from pipelines.extract.terms import Names, TermsError, Weights, read_weights
from pipelines.extract.trees import TreesError, read_trees, to_json

STUMP: dict[str, Any] = {"feature": [1, -1, -1], "value": [0.5, -2.0, 2.0], "left": [1, 0, 0], "right": [2, 0, 0]}
ONE = "A stranger copied the readings of forty thousand meters, the utility said on Wednesday afternoon."
TWO = "The readings show when people are at home, and nobody had noticed the copy for more than a month."
PAGE = f"""<html><body><nav><a href=/>Home</a></nav><article><h1>Utility loses meter data</h1>
<p>{ONE}</p><h2>What now</h2><ul><li>Letters go out</li></ul><blockquote>{TWO}</blockquote></article></body></html>"""


def broken(**changes: Any) -> bytes:
    whole = {"format": 1, "width": 2, "baseline": 0.0, "trees": [STUMP]}
    return json.dumps(whole | changes).encode()


def test_a_tree_divides_at_its_threshold() -> None:
    trees = read_trees(to_json(2, 0.0, [STUMP]))
    low, high = trees.probabilities(np.array([[9, 0.5], [9, 0.6]], dtype=np.float32))
    assert low == pytest.approx(1 / (1 + np.exp(2)))
    assert high == pytest.approx(1 / (1 + np.exp(-2)))


def test_trees_add_up() -> None:
    twice = read_trees(to_json(2, 1.0, [STUMP, STUMP]))
    assert twice.probabilities(np.array([[0, 1]], dtype=np.float32))[0] == pytest.approx(1 / (1 + np.exp(-5)))


def test_a_model_without_trees_gives_its_baseline() -> None:
    trees = read_trees(to_json(2, 0.0, []))
    assert trees.probabilities(np.zeros((3, 2), dtype=np.float32)).tolist() == [0.5] * 3


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a model of trees"),
        (b"[1, 2]", "not a model of trees"),
        (broken(extra=1), "unknown field"),
        (broken(format=2), "format 2"),
        (broken(trees=[STUMP | {"feature": [2, -1, -1]}]), "tree 0, node 0: no column 2"),
        (broken(trees=[STUMP | {"left": [0, 0, 0]}]), "tree 0, node 0: a child must stand behind it"),
        (broken(trees=[STUMP | {"right": [3, 0, 0]}]), "tree 0, node 0: a child must stand behind it"),
        (broken(trees=[STUMP, STUMP | {"value": [1.0]}]), "tree 1: feature, value, left and right"),
        (broken(trees=[STUMP | {key: [] for key in STUMP}]), "not empty"),
        (broken(trees=[STUMP | {"feature": [-1] * 100_001}]), "nodes"),
    ],
)
def test_a_malformed_model_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(TreesError, match=reason):
        read_trees(data)


@given(
    st.binary(max_size=200) | st.recursive(st.integers() | st.floats(), st.lists).map(lambda o: json.dumps(o).encode())
)
def test_nothing_but_a_clear_error_comes_of_rubbish(data: bytes) -> None:
    with pytest.raises(TreesError):
        read_trees(data)


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match="2 columns"):
        read_trees(to_json(2, 0.0, [STUMP])).probabilities(np.zeros((1, 3), dtype=np.float32))


def test_the_packaged_model_fits_the_features() -> None:
    lines = features(read_segments(parse(PAGE)), [ONE, ONE, ""], "Utility loses meter data", None)
    assert model().trees.width == model().rows(lines).shape[1]
    assert sum(lines.groups.values()) == lines.rows.shape[1]
    assert np.isfinite(model().rows(lines)).all()


@pytest.mark.parametrize("count", range(1, 9))
def test_a_page_of_few_lines_has_features(count: int) -> None:
    page = parse("<body>" + "<p>Few words.</p>" * count)
    lines = features(read_segments(page), ["", "", ""], None, None)
    assert model().probabilities(model().rows(lines)).shape == (count,)


def test_links_that_no_answer_has_are_not_judged() -> None:
    segments = read_segments(parse(PAGE))
    lines = features(segments, [ONE, ONE, ""], None, None)
    assert "Home" in [segment.text for segment in segments]
    assert "Home" not in [segments[place].text for place in lines.places]


def test_links_amid_the_text_are_judged() -> None:
    story = [f"<p>{line}</p>" for line in (ONE, '<a href="/lamp">A lamp of brass</a>', TWO)]
    segments = read_segments(parse(f"<body><article>{''.join(story)}</article><p><a href=/b>Menu</a></p>"))
    lines = features(segments, [f"{ONE}\n{TWO}"] * 3, None, None)
    assert [segments[place].text for place in lines.places] == [ONE, "A lamp of brass", TWO]


def test_judging_a_page_twice_gives_the_same_and_leaves_the_page_alone() -> None:
    page, cleaned = parse(PAGE), [Block(ONE), Block(TWO, "quote")]
    before = page.text_content()
    first, second = (judge(read_segments(page), cleaned, cleaned, "Utility loses meter data", None) for _ in range(2))
    assert first == second
    assert page.text_content() == before


def test_a_page_without_lines_keeps_the_rules_answer() -> None:
    assert judge([], [Block(ONE)], [Block(ONE)], None, None) == ([Block(ONE)], [])


def lines_of(*shares: tuple[float, float]) -> Lines:
    return Lines(
        np.arange(len(shares)), np.zeros((len(shares), 2), dtype=np.float32), np.array(shares, dtype=np.float32)
    )


def distinct(*sizes: int) -> list[str]:
    """Lines of these lengths, each of one word of its own."""
    return [chr(ord("a") + place) * size for place, size in enumerate(sizes)]


def test_what_the_rules_removed_stays_out() -> None:
    kept, removed, unseen = (1, 1), (0, 1), (0, 0)
    chosen = choose(distinct(100, 100, 100), lines_of(kept, removed, unseen), np.array([0.9, 0.99, 0.95]))
    assert chosen == [True, False, True]


def test_on_a_page_that_is_clear_a_line_needs_half_and_on_one_in_doubt_less() -> None:
    clear = choose(distinct(100, 100, 100, 100), lines_of(*[(1, 1)] * 4), np.array([0.99, 0.99, 0.99, 0.45]))
    doubt = choose(distinct(100, 100, 100, 100), lines_of(*[(1, 1)] * 4), np.array([0.6, 0.5, 0.4, 0.38]))
    assert clear == [True, True, True, False]
    assert doubt == [True] * 4


@given(st.lists(st.tuples(st.integers(1, 400), st.floats(0, 1)), min_size=1, max_size=7))
def test_no_other_choice_of_lines_promises_a_better_text(page: list[tuple[int, float]]) -> None:
    sizes, probability = [size for size, _ in page], np.array([p for _, p in page])
    hope = np.array(sizes) * probability

    def promise(choice: Sequence[bool]) -> float:
        taken = np.array(choice)
        return float(2 * hope[taken].sum() / max(1e-9, np.array(sizes)[taken].sum() + hope.sum()))

    chosen = choose(distinct(*sizes), lines_of(*[(0, 0)] * len(page)), probability)
    best = max(map(promise, itertools.product([False, True], repeat=len(page))))
    assert promise(chosen) == pytest.approx(best)


def test_a_table_is_taken_whole_or_not_at_all() -> None:
    tables = np.array([-1, 0, 0, 1, 1])
    lines = dataclasses.replace(lines_of(*[(1, 1)] * 5), tables=tables)
    chosen = choose(distinct(100, 80, 10, 10, 80), lines, np.array([0.99, 0.9, 0.1, 0.9, 0.1]))
    assert chosen == [True, True, True, False, False]


FIRST = "The bank told nobody for six months, the regulator said on Monday, and was fined for it."
LAST = "Everyone who was hit gets a letter this week, and a number to call until the end of May."


def amid(markup: str, doubt: float = 0.25) -> list[str]:
    """The lines chosen of two sure paragraphs and a markup of doubtful lines between them."""
    segments = read_segments(parse(f"<body><div><p>{FIRST}</p>{markup}<p>{LAST}</p></div></body>"))
    texts = [segment.text for segment in segments]
    lines = dataclasses.replace(lines_of(*[(1, 1)] * len(texts)), parts=read_parts(segments))
    probability = np.array([0.95 if text in (FIRST, LAST) else doubt for text in texts])
    return [text for text, keep in zip(texts, choose(texts, lines, probability), strict=True) if keep][1:-1]


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<h2>What was lost</h2>", ["What was lost"]),
        ("<ul><li>198.51.100.7</li><li>203.0.113.44</li></ul>", ["198.51.100.7", "203.0.113.44"]),
        ("<table><tr><td>Lindow</td><td>412,000</td></tr></table>", ["Lindow", "412,000"]),
        ("<figure><div><table><tr><td>Lindow<td>412,000</table></div></figure>", ["Lindow", "412,000"]),
    ],
)
def test_headings_lists_and_tables_amid_the_text_stay(markup: str, lines: list[str]) -> None:
    assert amid(markup) == lines
    assert amid(markup, doubt=0.1) == []


@pytest.mark.parametrize(
    "markup",
    [
        "<div>What was lost</div>",
        "<ul><li>Bank: <a href=/b>The last branch closes</a></li></ul>",
        "<section><h2>What was lost</h2></section>",
        "<figure>A meter in the north</figure>",
    ],
)
def test_other_lines_and_lists_of_links_do_not(markup: str) -> None:
    assert amid(markup) == []


def test_what_a_page_says_twice_is_said_once_where_it_is_most_probable() -> None:
    said, other = "The bank told nobody for six months, the regulator said on Monday.", "A paragraph of its own."
    texts = [said, other, said.upper(), "Yes.", "Yes."]
    chosen = choose(texts, lines_of(*[(1, 1)] * 5), np.array([0.8, 0.99, 0.9, 0.9, 0.9]))
    assert chosen == [False, True, True, True, True]


def test_short_lines_said_before_go_with_the_long_ones_beside_them() -> None:
    heading, said = "What was lost", "The bank told nobody for six months, the regulator said on Monday."
    texts = [heading, said, heading, said, "A paragraph of its own.", heading]
    chosen = choose(texts, lines_of(*[(1, 1)] * 6), np.array([0.9] * 6))
    assert chosen == [True, True, False, False, True, True]


@pytest.mark.parametrize(
    ("markup", "stays"),
    [
        (f"<aside>{TWO[:60]}</aside>", False),
        (f'<div class="pull-quote">{TWO[:60].upper()}</div>', False),
        ("<blockquote>The readings show when people are out.</blockquote>", True),
        (f"<p>{TWO[:60]}</p>", True),
    ],
)
def test_a_pull_quote_is_no_second_time_in_the_text(markup: str, stays: bool) -> None:
    segments = read_segments(parse(f"<body><main><p>{ONE}</p>{markup}<p>{TWO}</p></main></body>"))
    assert drawn_out(segments, [True] * 3) == (set() if stays else {1})
    assert drawn_out(segments, [True, True, False]) == set()


@pytest.mark.parametrize(
    ("markup", "goes"),
    [
        ("<div><span>Lees ook</span> <a href=/a>Bank sluit laatste kantoor</a></div>", True),
        ("<div><span>İLGİLİ HABER</span><a href=/a>Banka son şubesini kapatıyor</a></div>", True),
        ("<p>Read <a href=/a>what the bank told its customers</a></p>", True),
        ("<p>[<a href=/p>Print</a>] [<a href=/m>Send to a friend</a>]</p>", True),
        ("<div><a href=/t>Top</a>｜<a href=/s>Society</a></div>", True),
        ("<p><a href=/f>Fukuoka</a>: <a href=/k>Kurume</a></p>", False),
        ("<p>The regulator <a href=/a>fined the bank in the autumn</a></p>", False),
        ("<p>Read also, above all, <a href=/a>the letter of the bank to everybody</a> who was hit by it.</p>", False),
    ],
)
def test_a_phrase_and_a_link_alone_point_elsewhere(markup: str, goes: bool) -> None:
    segments = read_segments(parse(f"<body><main><p>{ONE}</p>{markup}<p>{TWO}</p></main></body>"))
    assert pointers(segments, [True] * 3) == ({1} if goes else set())


def test_a_box_that_asks_for_an_address_is_promotion_and_a_page_in_a_form_is_none() -> None:
    field = "<div class=x><p>Five stories before your first coffee.</p><input type=email></div>"
    page = parse(f"<body><main><h1>Title</h1><p>{ONE}</p>{field}<p>{TWO}</p></main></body>")
    assert sign_ups(prune(page, None)[0]) == [2]
    whole = parse(f"<body><form><div><h1>Title</h1><p>{ONE}</p><input type=email></div></form></body>")
    assert sign_ups(prune(whole, None)[0]) == []


def test_a_copy_of_the_text_without_its_paragraphs_is_left_out() -> None:
    said = [
        f"Sentence number {place} says that the {place}th customer of the bank was told. " * 3 for place in range(9)
    ]
    texts = [*said, "".join(said[1:])]
    assert choose(texts, lines_of(*[(1, 1)] * 10), np.array([0.9] * 10)) == [True] * 9 + [False]


def test_a_line_that_is_judged_away_says_by_what() -> None:
    segments = read_segments(parse(PAGE))
    lines = features(segments, [f"{ONE}\n{TWO}", f"{ONE}\n{TWO}", ""], "Utility loses meter data", None)
    by_shape = {"feature": [0, -1, -1], "value": [3.0, -4.0, 4.0], "left": [1, 0, 0], "right": [2, 0, 0]}
    width = model().rows(lines).shape[1]
    trees = read_trees(to_json(width, 0.0, [by_shape]))
    rows = Model(Weights({}, {}, (0.0, 0.0)), trees, model().networks).rows(lines)
    probability = trees.probabilities(rows)
    short = next(row for row, place in enumerate(lines.places) if segments[place].text == "What now")
    assert why_not([short], rows, lines.groups, probability, trees) == [["shape"]]
    long = np.flatnonzero(probability > 0.5).tolist()
    assert why_not(long, rows, lines.groups, probability / 2, trees) == [["the page as a whole"]] * len(long) != []


def test_the_words_of_a_line_and_the_names_of_its_boxes_are_its_terms() -> None:
    page = parse('<div class="sideBar-widget"><p id=x1>Read also this</p></div>')
    (segment,) = read_segments(page)
    lines = features([segment], ["", "", ""], None, None)
    assert {"read", "also this", "^read", "this$"} <= lines.said[0]
    assert {"1side", "1bar", "1widget", "1side-bar", "0<p", "1<div"} <= lines.named[0].own | lines.named[0].above


def test_scores_of_terms_are_sums_and_unknown_ones_weigh_nothing() -> None:
    weights = Weights({"bank": 2.0, "reply": -1.0}, {"1comment": -3.0}, (0.5, 0.25))
    columns = weights.columns([{"bank", "of"}, {"reply"}], [Names({"0p"}, {"1comment"}), Names(set(), set())])
    assert columns[:, :2].tolist() == [[2.5, -2.75], [-0.5, 0.25]]
    assert columns.shape == (2, 8)


@given(st.binary(max_size=200))
def test_weights_that_are_none_are_refused(data: bytes) -> None:
    with pytest.raises(TermsError):
        read_weights(data)


def test_labels_use_up_the_gold_text() -> None:
    """A teaser that repeats a paragraph is not a second piece of the article."""
    article, rail = "article", "rail"
    labels = covered([ONE, ONE, TWO, "Menu"], [rail, article, article, rail], f"{ONE}\n{TWO}")
    assert labels == [False, True, True, False]


def test_pages_of_a_site_are_in_one_fold() -> None:
    first = fold({"id": "1", "url": "https://www.wire.example/a"}, 5)
    assert first == fold({"id": "2", "url": "https://sport.wire.example/b"}, 5)


def test_of_a_text_that_is_there_twice_one_copy_stays_in_its_order() -> None:
    said = [f"Paragraph {place} of the story says what the bank told customer {place} on Monday." for place in range(4)]
    chosen = choose(said * 2, lines_of(*[(1, 1)] * 8), np.array([0.8, 0.99, 0.8, 0.99, 0.99, 0.8, 0.99, 0.9]))
    assert chosen == [False] * 4 + [True] * 4


LIST = "<ul><li>names</li><li>addresses</li></ul>"
CITED = "<h3>{}</h3><ul><li>A museum lost the addresses of its donors. <a href=/q>Quay</a></li></ul>"
DAYS = "".join(
    f"<div><b>May {day}, 2026</b><p>On this day the files of desk {day} left.</p></div>" for day in (3, 4, 9)
)


@pytest.mark.parametrize(
    ("markup", "chosen", "told"),
    [
        (f"<p>These were copied:</p>{LIST}", {0, 1}, {2, 3}),
        (f"<p>These were copied</p>{LIST}", {0, 1}, set()),
        ("<p>These were copied:</p><ul><li><a href=/a>Another story of ours</a></li></ul>", {0, 1}, set()),
        (CITED.format("Also this week"), {0}, {1, 2}),
        (CITED.format("Sources"), {0}, set()),
        (f"<div>{DAYS.replace('b>', 'h4>')}</div>", {0, 2, 4}, {1, 2, 3, 4, 5, 6}),
        (f"<div>{DAYS.replace('b>', 'h4>')}</div>", {0, 2}, set()),
        ('<ol><li id="fn1" class="footnote"><p>It was a tape.</p></li></ol>', {0}, {1}),
        ('<ol><li id="fn2" class="footnote"><p>It was a tape.</p></li></ol>', {0}, set()),
    ],
)
def test_what_chosen_lines_speak_of_belongs_to_the_text(markup: str, chosen: set[int], told: set[int]) -> None:
    page = f'<body><main><p>{ONE}<sup><a href="#fn1">1</a></sup></p>{markup}</main></body>'
    lines = prune(parse(page), None)[0]
    found = told_of(lines, [place in chosen for place in range(len(lines))], np.array([0.4] * len(lines)))
    assert found == told


def test_a_heading_of_what_is_no_text_does_not_end_it() -> None:
    lines = read_segments(parse(f"<body><main><h2>What now</h2><p>{ONE}</p><h2>Still need help?</h2></main></body>"))
    assert overruled(lines, [True] * 3) == {2: "box"}


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ('41,000<sup><a href="#fn1">1</a></sup> homes', "41,000 homes"),
        ('41,000 homes<a href="#_ftn1">[1]</a>.', "41,000 homes."),
        ('41,000 homes<span><a href="#fn1">*</a></span>', "41,000 homes"),
        ('<a href="#fn1">1</a> of 41,000 homes', "1 of 41,000 homes"),
        ('41,000 homes in <a href="/north">7</a> towns', "41,000 homes in 7 towns"),
        ('41,000 homes, see <a href="#more">below</a>', "41,000 homes, see below"),
    ],
)
def test_the_number_of_a_note_is_no_part_of_the_word_before_it(markup: str, said: str) -> None:
    page = parse(f"<body><main><p>{markup}</p></main></body>")
    assert [line.text for line in prune(page, None)[0]] == [said]


def test_a_list_of_which_most_is_chosen_goes_whole() -> None:
    lines = read_segments(parse(f"<body><p>{ONE}</p><ul><li>names</li><li>addresses</li><li>balances</li></ul></body>"))
    probability = np.array([0.4] * 4)
    assert told_of(lines, [True, True, False, True], probability) == {1, 2, 3}
    assert told_of(lines, [True, True, False, False], probability) == set()


def test_headings_and_lists_of_a_page_builders_widgets_stay() -> None:
    def widget(markup: str, kind: str = "div") -> str:
        return f"<section><{kind}><div class=widget>{markup}</div></{kind}></section>"

    markup = widget(f"<p>{ONE}</p>") + widget("<h2>What now</h2>") + widget("<ul><li>Letters</li></ul>")
    for kind, kept in (("div", ["What now", "Letters"]), ("aside", [])):
        page = f"<body><main>{markup}{widget(f'<p>{TWO}</p>', kind)}</main></body>"
        lines = read_segments(parse(page))
        chosen = np.array([line.element.tag == "p" for line in lines])
        found = read_parts(lines).between(chosen, [line.text for line in lines])
        assert [line.text for line, keep in zip(lines, found, strict=True) if keep] == kept
