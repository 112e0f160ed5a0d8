"""The linear model: what it makes of words, how it joins the rules, which files are refused, and how it is trained."""

from __future__ import annotations

import gzip
import json
import re
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cli import main
from pipelines.relevance import TopicError, judge, load_rules, load_topic
from pipelines.relevance.model import MAX_MODEL_BYTES, Fusion, Model, ModelError, parse_model, terms
from pipelines.relevance.words import tokens
from tests.command import breachwire
from tests.test_relevance_profiles import PROFILE

MODEL: dict[str, Any] = {
    "format": "breachwire-linear-1",
    "topic": "floods-1",
    "yes": 0.5,
    "maybe": 0.2,
    "common": ["the", "of", "a"],
    "main": {"points": 0.5, "margin": 2.0, "bias": -3.0},
    "other": {"points": 1.0, "margin": 0.0, "bias": -4.0},
    "title": {"dike": 3.0},
    "text": {"dike": 1.0, "the dike": 2.0, "cruise": -2.0},
}


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "floods.toml"
    path.write_text('model = "floods.json"\n' + PROFILE, "utf-8")
    (tmp_path / "floods.json").write_text(json.dumps(MODEL), "utf-8")
    return path


def test_terms_of_the_model_stand_in_the_evidence_with_their_points(profile: Path) -> None:
    relevance = judge(load_topic(profile), "The dike of the river", "The dike gave way.")
    found = {hit.phrase: hit.weight for hit in relevance.evidence if hit.zone == "model"}
    assert set(found) == {"dike", "the dike"}
    assert relevance.verdict == "yes"
    assert judge(load_rules(profile), "The dike of the river", "The dike gave way.").verdict == "no"


def test_what_is_not_in_the_main_language_rests_on_the_rules(profile: Path) -> None:
    topic = load_topic(profile)
    relevance = judge(topic, "Das Hochwasser gestiegen", "Dike cruise")
    assert {hit.zone for hit in relevance.evidence} == {"title"}
    assert relevance.score == judge(load_rules(profile), "Das Hochwasser gestiegen", "").score


def test_the_model_cannot_throw_away_what_the_rules_would_keep(profile: Path) -> None:
    text = "The cruise of a lifetime. " * 3
    relevance = judge(load_topic(profile), "The cruise: the river rose", text)
    assert relevance.score < 0.2
    assert relevance.verdict == "maybe"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, "is no model: Invalid enum value"),
        ({"main": {"points": 0.5}}, "is no model: Object missing required field `margin` - at `$.main`"),
        ({"main": {"points": -1.0, "margin": 1.0, "bias": 0.0}}, "Expected `float` > 0.0 - at `$.main.points`"),
        ({"text": {"dike": "high"}}, "Expected `float`, got `str` - at `$.text[...]`"),
        ({"yes": 1.5}, "Expected `float` < 1.0 - at `$.yes`"),
        ({"maybe": 0.9}, "maybe: is above yes"),
        ({"hidden": 1}, "Object contains unknown field `hidden`"),
        ({"common": ["x" * MAX_MODEL_BYTES]}, "is over 300,000 bytes"),
    ],
)
def test_a_faulty_model_is_refused_with_profile_and_file(profile: Path, change: dict[str, Any], message: str) -> None:
    model = profile.with_suffix(".json")
    model.write_text(json.dumps(MODEL | change), "utf-8")
    with pytest.raises(TopicError, match=re.escape(message)) as caught:
        load_topic(profile)
    assert str(caught.value).startswith(f"{profile}: model: {model}: ")


def test_a_model_that_is_not_there_is_named_with_the_mend(profile: Path) -> None:
    profile.with_suffix(".json").unlink()
    with pytest.raises(TopicError, match=r"floods\.toml: model: .*floods\.json cannot be read .*breachwire train"):
        load_topic(profile)


@pytest.mark.parametrize("name", ["../floods.json", "/etc/floods.json", "floods.toml", ".json"])
def test_a_model_lies_in_the_folder_of_its_profile(profile: Path, name: str) -> None:
    profile.write_text(f'model = "{name}"\n' + PROFILE, "utf-8")
    with pytest.raises(TopicError, match="model: Expected `str` matching regex"):
        load_topic(profile)


@given(st.binary(max_size=200) | st.sampled_from([b"[]", b"[" * 5000, b'{"yes": 1e999}', b"nan", b"\xff"]))
def test_bytes_that_are_no_model_are_refused(data: bytes) -> None:
    with pytest.raises(ModelError):
        parse_model(data)


@given(st.text(max_size=300))
def test_terms_never_cross_a_sentence_or_a_script(text: str) -> None:
    words = tokens(text)
    assert all(len(term.split(" ")) <= 3 for term in terms(words))
    assert terms([*words, ".", *words]) == terms(words)


def test_the_packaged_model_is_small_and_goes_with_its_profile() -> None:
    topic = load_topic("breach")
    assert topic.model is not None
    assert topic.model.topic == topic.version
    folder = resources.files("pipelines.relevance") / "topics"
    assert len((folder / "breach.json").read_bytes()) <= MAX_MODEL_BYTES
    assert topic.model.topic in (folder / "breach.md").read_text("utf-8")


# -- training ------------------------------------------------------------------------------------------------------

SUBJECTS = ("harbour", "castle", "museum", "school", "bridge", "market", "tower", "garden")


def _labelled() -> list[dict[str, Any]]:
    flood = [
        {"title": f"The dike at the {s} gave way", "text": f"The dike of the {s} gave way {n} days ago.", "label": 1}
        for s in SUBJECTS
        for n in range(5)
    ]
    other = [
        {"title": f"The fair at the {s}", "text": f"The fair of the {s} drew {n} visitors to the square.", "label": 0}
        for s in SUBJECTS
        for n in range(5)
    ]
    return [row | {"language": "en"} for pair in zip(flood, other, strict=True) for row in pair]


def test_the_common_words_of_a_language_whose_vowels_are_marks_are_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    rows = [row | {"text": f"{row['text']} यह बाढ़ की खबर है।", "language": "hi"} for row in _labelled()]
    (tmp_path / "floods.toml").write_text(PROFILE, "utf-8")
    (tmp_path / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert main(["train", "set.jsonl", "--topic", "./floods.toml"]) == 0
    assert {"यह", "की", "है"} <= parse_model((tmp_path / "model.json").read_bytes()).common_words


def test_train_makes_a_model_that_knows_what_the_rules_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "floods.toml"
    path.write_text('model = "floods.json"\n' + PROFILE, "utf-8")
    with gzip.open(tmp_path / "set.jsonl.gz", "wt") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in _labelled())
    command = ["train", "set.jsonl.gz", "--topic", "./floods.toml", "--output", "floods.json"]
    assert main(command) == 0
    said = capsysbinary.readouterr().out.decode()
    assert said.strip() == (tmp_path / "floods.md").read_text("utf-8").strip()
    assert "| all | 80 | 40 | 1.000 | 1.000 | 1.000 | 1.000 |" in said
    first = (tmp_path / "floods.json").read_bytes()
    story = ("The dike at the mill", "The dike of the mill gave way.")
    assert judge(load_topic(path), *story).verdict == "yes"
    assert judge(load_rules(path), *story).verdict == "no"
    assert main(command) == 0
    assert (tmp_path / "floods.json").read_bytes() == first, "training is not deterministic"
    assert main([*command, "--folds", "8"]) == 0
    assert "cross-validated (8 folds)" in (tmp_path / "floods.md").read_text("utf-8")


def test_the_weakest_terms_are_left_out_where_a_model_would_be_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    rows = _labelled()
    for row in rows:  # eight words of a thousand letters for each place and label: half a megabyte with their pairs
        where = re.findall("|".join(SUBJECTS), row["title"])[0]
        row["text"] += " " + " ".join(f"{place * 150}{where}{row['label']}" for place in SUBJECTS)
    (tmp_path / "floods.toml").write_text(PROFILE, "utf-8")
    (tmp_path / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert main(["train", "set.jsonl", "--topic", "./floods.toml"]) == 0
    model = (tmp_path / "model.json").read_bytes()
    assert len(model) <= MAX_MODEL_BYTES
    assert parse_model(model).title["dike"] > 0


@pytest.mark.parametrize("folds", ["1", "21"])
def test_folds_that_make_no_sense_are_refused(tmp_path: Path, folds: str) -> None:
    done = breachwire("train", "set.jsonl", "--folds", folds, cwd=tmp_path)
    assert done.code == 2
    assert "--folds: " + folds in done.err


def test_a_folder_that_is_not_there_is_told_before_the_training(tmp_path: Path) -> None:
    done = breachwire("train", "no-such-set.jsonl", "--output", "models/model.json", cwd=tmp_path)
    assert (done.code, "there is no folder models" in done.err) == (2, True)


def test_too_few_texts_are_refused(tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in _labelled()[:6]))
    done = breachwire("train", "set.jsonl", cwd=tmp_path)
    assert done.code == 2
    assert "3 of 6 texts are relevant: at least 8 relevant and 8 other ones are needed" in done.err
    assert not (tmp_path / "model.json").exists()


def test_a_label_that_is_neither_is_told_and_not_taken_for_a_no(tmp_path: Path) -> None:
    rows = [*_labelled(), {"text": "A dike.", "label": 2}, {"text": "A dike.", "label": -1}]
    (tmp_path / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = breachwire("train", "set.jsonl", cwd=tmp_path)
    assert (done.code, done.err.splitlines()) == (
        1,
        [f"breachwire: set.jsonl: line {n}: 'label' is to be 1 or 0, not {label}" for n, label in ((81, 2), (82, -1))],
    )
    assert "from 80 labelled texts" in done.out


def test_without_scikit_learn_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.relevance.train import Labelled, TrainingError, train

    monkeypatch.setitem(sys.modules, "sklearn.model_selection", None)
    documents = [Labelled(row["title"], row["text"], row["label"] == 1) for row in _labelled()]
    with pytest.raises(TrainingError, match=r"pip install 'breachwire\[train\]'"):
        train(load_rules("breach"), documents)


def test_a_model_survives_its_file() -> None:
    model = msgspec.convert(MODEL, Model)
    assert parse_model(msgspec.json.encode(model)) == model
    assert model.main == Fusion(0.5, 2.0, -3.0)
