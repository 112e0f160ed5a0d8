"""Exports, each held against the other side's own validator."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from warcio.archiveiterator import ArchiveIterator

from archive import Archive, ArchiveError, SegmentWriter, open_archive
from archive.export.feeds import Feed
from archive.export.stories import stories
from archive.export.threat_intel import misp, stix
from archive.export.wacz import write_wacz
from tests.archive_samples import NOON, article, at, days, response, store
from tests.command import breachwire, environment

FEED = Feed(about="/srv/wire", title="Wire")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Two stories with their captures, a copy of the first, and one article without a capture."""
    archive = open_archive(tmp_path / "archive")
    writer = SegmentWriter(archive.bucket, clock=at(NOON))
    first = msgspec.structs.replace(
        article("a", published="2026-02-01T08:00:00+09:00", language="en-GB"), summary="40,000 records."
    )
    writer.add(first, response("a"))
    writer.add(article("b", language="ja", published="2027-01-01"), response("b", "個人情報".encode()))
    writer.add(article("c", verdict="duplicate", cluster=first.id, duplicate_of=first.id, source="post"), response("c"))
    writer.add(article("d", language=None))
    writer.flush()
    return archive


def export(archive: Archive, form: str, out: Path, *more: str) -> None:
    done = breachwire("export", form, out, "--archive", archive.bucket.uri, *more)
    assert (done.code, done.out) == (0, ""), done.err


# ---------------------------------------------------------------- captures


def test_a_wacz_is_valid_to_the_tool_of_its_makers(archive: Archive, tmp_path: Path) -> None:
    pytest.importorskip("wacz")
    export(archive, "wacz", tmp_path / "wire.wacz")
    code = "import sys; from wacz.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "validate", "-f", str(tmp_path / "wire.wacz")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    assert (done.returncode, "the passed WACZ is valid" in done.stdout) == (0, True), done.stdout + done.stderr


def test_each_line_of_a_wacz_s_index_points_at_its_capture(archive: Archive) -> None:
    file = io.BytesIO()
    assert write_wacz(archive.bucket, archive.articles(include=("duplicates",)), file, "Wire") == 3
    package = zipfile.ZipFile(file)
    warc = package.read("archive/data.warc.gz")
    assert package.getinfo("archive/data.warc.gz").compress_type == zipfile.ZIP_STORED
    lines = package.read("indexes/index.cdx").decode().splitlines()
    assert lines == sorted(lines)
    assert [line.split(" ")[0] for line in lines] == [f"example,{name})/story?from=feed" for name in "abc"]
    for line, body in zip(lines, [response("a").body, "個人情報".encode(), response("c").body], strict=True):
        told = json.loads(line.split(" ", 2)[2])
        member = warc[int(told["offset"]) :][: int(told["length"])]
        record = next(iter(ArchiveIterator(io.BytesIO(member), check_digests="raise")))
        assert record.content_stream().read() == body
        assert (record.rec_headers["WARC-Target-URI"], told["mime"]) == (told["url"], "text/html")
    head, *pages = map(json.loads, package.read("pages/pages.jsonl").splitlines())
    assert head["format"] == "json-pages-1.0"
    assert {page["url"] for page in pages} == {json.loads(line.split(" ", 2)[2])["url"] for line in lines}


def test_a_capture_that_is_shared_comes_once_and_a_damaged_one_is_told(archive: Archive, tmp_path: Path) -> None:
    twice = [*archive.articles(), *archive.articles()]
    assert write_wacz(archive.bucket, twice, io.BytesIO(), "Wire") == 2
    broken = next(each for each in twice if each.capture)
    assert broken.capture is not None
    elsewhere = msgspec.structs.replace(broken.capture, digest="sha256:X")
    with pytest.raises(ArchiveError, match="digest"):
        write_wacz(archive.bucket, [msgspec.structs.replace(broken, capture=elsewhere)], io.BytesIO(), "Wire")


# ---------------------------------------------------------------- threat intelligence


def test_a_stix_bundle_is_valid_and_names_who_carried_the_story(archive: Archive) -> None:
    stix2 = pytest.importorskip("stix2")
    data = b"".join(stix(stories(archive), FEED))
    bundle = stix2.parse(data, version="2.1", allow_custom=False)
    kinds = [thing.type for thing in bundle.objects]
    assert (kinds.count("identity"), kinds.count("report"), kinds.count("incident")) == (1, 3, 3)
    report = next(r for r in bundle.objects if r.type == "report" and r.name == "Breach at a")
    assert [ref.source_name for ref in report.external_references] == ["harbour-post", "post"]
    assert report.external_references[0].url == "https://a.example/story"
    assert report.lang == "en-GB"
    assert report.description.startswith("40,000 records.")
    ids = {thing.id for thing in bundle.objects}
    assert all(ref in ids for thing in bundle.objects if thing.type == "report" for ref in thing.object_refs)
    assert b"".join(stix(stories(archive), FEED)) == data  # what is exported again is the same


def test_a_stix_bundle_breaks_no_must_of_the_standard_s_own_validator(archive: Archive) -> None:
    validator = pytest.importorskip("stix2validator")
    data = b"".join(stix(stories(archive, include=("related",)), FEED)).decode()
    found = validator.validate_string(data, validator.ValidationOptions(version="2.1"))
    assert found.is_valid, [str(error) for error in found.errors]
    # What remains are two SHOULDs: ids made of addresses, so that an import updates, and links without a hash.
    assert {str(warning).partition("{")[2][:3] for warning in found.warnings} <= {"103", "302"}


def test_a_misp_event_follows_misp_s_own_template(archive: Archive) -> None:
    pymisp = pytest.importorskip("pymisp")
    data = json.loads(b"".join(misp(stories(archive), FEED)))
    event = pymisp.MISPEvent()
    event.load(json.dumps(data))
    assert len(event.objects) == 3
    for given in data["Event"]["Object"]:
        checked = pymisp.MISPObject("news-media", strict=True)
        assert checked.template_uuid == given["template_uuid"]
        for attribute in given["Attribute"]:
            known = checked.add_attribute(attribute["object_relation"], attribute["value"])
            assert known is not None
            assert known.type == attribute["type"]
        checked.to_json()  # refuses an object without what the template requires
    (first,) = [o for o in event.objects if o.get_attributes_by_relation("link")[0].value == "https://a.example/story"]
    assert [a.value for a in first.get_attributes_by_relation("source")] == ["harbour-post"]
    assert [a.value for a in first.get_attributes_by_relation("alias")] == ["post"]


def test_no_two_objects_have_one_id_where_all_versions_of_a_page_are_asked_for(archive: Archive) -> None:
    new = article("a", text="58,000 records were taken.", verdict="revision", cluster=article("a").id)
    store(archive.bucket, new, when=NOON + days(1))
    told = list(stories(archive, include=("revisions", "duplicates", "related")))
    assert [each.article.url for each in told].count(new.url) == 2
    whole = Feed(about="x", content="text")
    objects = json.loads(b"".join(stix(told, whole)))["objects"]
    assert len({each["id"] for each in objects}) == len(objects)
    medias = json.loads(b"".join(misp(told, whole)))["Event"]["Object"]
    assert len({each["uuid"] for each in medias}) == len(medias)
    assert "58,000" in json.dumps(objects)
    assert "58,000" in json.dumps(medias)


# ---------------------------------------------------------------- tables


def test_a_hugging_face_folder_is_loaded_by_its_library(archive: Archive, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    export(archive, "huggingface", tmp_path / "wire", "--include", "duplicates", "--title", 'Wire: "é" #1')
    told: Any = datasets.load_dataset(str(tmp_path / "wire"), split="train", cache_dir=str(tmp_path / "cache"))
    assert told["id"][:] == [each.id for each in archive.articles(include=("duplicates",))]
    assert (tmp_path / "wire" / "README.md").read_text().startswith('---\npretty_name: "Wire: \\"é\\" #1"\n')
    done = breachwire("export", "huggingface", tmp_path / "wire", "--archive", archive.bucket.uri)
    assert (done.code, "is not empty" in done.err) == (2, True)


def test_tables_are_written_as_files(archive: Archive, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    export(archive, "parquet", tmp_path / "new" / "wire.parquet", "--language", "en")
    export(archive, "csv", tmp_path / "wire.csv", "--language", "en")
    assert list(pandas.read_parquet(tmp_path / "new" / "wire.parquet")["title"]) == ["Breach at a"]
    assert list(pandas.read_csv(tmp_path / "wire.csv")["title"]) == ["Breach at a"]


def test_a_file_that_cannot_be_finished_is_left_as_it_was(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "wire.csv"
    out.write_text("as it was")
    segment = next(iter(archive.commits())).clean.key
    (tmp_path / "archive" / segment).unlink()
    done = breachwire("export", "csv", out, "--archive", archive.bucket.uri)
    assert (done.code, out.read_text()) == (3, "as it was")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    taken = breachwire("export", "csv", out / "below", "--archive", archive.bucket.uri)
    assert (taken.code, "cannot be written" in taken.err) == (2, True)
