"""Which of two copies stands for the others, and how one takes over from another."""

from __future__ import annotations

import msgspec
import pytest

from archive.addresses import site_of
from pipelines.dedup import DedupConfig, Document
from tests.archive_samples import article
from tests.test_dedup_decide import Wire
from tests.wire_texts import (
    CHINESE,
    CHINESE_SIDEBAR,
    CHINESE_TELEPHONE,
    CHINESE_WATERWORKS,
    FOLLOW_UP,
    HOSPITAL,
    JAPANESE,
    JAPANESE_SHOP,
    JAPANESE_SIDEBAR,
    JAPANESE_UNIVERSITY,
    OTHER_REPORT,
    SIDEBAR,
)

PARAGRAPHS = HOSPITAL.split("\n\n")
BRIEF = "\n\n".join(PARAGRAPHS[:4])


def test_a_fuller_copy_takes_over_and_the_cluster_keeps_its_name() -> None:
    wire = Wire()
    wire.take("brief", BRIEF)
    assert wire.take("as full", f"TOKYO (AP) - {BRIEF}").dedup.duplicate_of == "brief"
    full = wire.take("full", HOSPITAL)
    assert (full.dedup.verdict, full.dedup.cluster, full.dedup.duplicate_of) == ("unique", "brief", None)
    assert full.supersedes == "brief"
    assert full.dedup.evidence is not None
    assert full.links() == {"supersedes": "brief"}
    later = wire.take("later", f"(Reuters) - {BRIEF}")
    assert (later.dedup.duplicate_of, later.dedup.cluster, later.supersedes) == ("full", "brief", None)


UNSPACED_STORIES = {
    "hospitals, in Japanese": (JAPANESE, JAPANESE_SIDEBAR),
    "a shop, in Japanese": (JAPANESE_SHOP, JAPANESE_SIDEBAR),
    "a university, in Japanese": (JAPANESE_UNIVERSITY, JAPANESE_SIDEBAR),
    "hospitals, in Chinese": (CHINESE, CHINESE_SIDEBAR),
    "waterworks, in Chinese": (CHINESE_WATERWORKS, CHINESE_SIDEBAR),
    "a telephone company, in traditional Chinese": (CHINESE_TELEPHONE, CHINESE_SIDEBAR),
}


@pytest.mark.parametrize(("story", "sidebar"), UNSPACED_STORIES.values(), ids=UNSPACED_STORIES)
@pytest.mark.parametrize("paragraphs", [2, 3])
def test_a_fuller_copy_takes_over_in_scripts_without_spaces_too(story: str, sidebar: str, paragraphs: int) -> None:
    wire = Wire()
    wire.take("brief", "\n\n".join(story.split("\n\n")[:paragraphs]))
    assert wire.take("full", story).supersedes == "brief"
    assert wire.take("noisy", f"{story}\n\n{sidebar}").dedup.duplicate_of == "full"


def test_a_fuller_copy_of_a_follow_up_stays_linked_to_the_story_that_both_quote() -> None:
    paragraphs = FOLLOW_UP.split("\n\n")
    wire = Wire()
    wire.take("story", HOSPITAL)
    assert wire.take("brief", "\n\n".join(paragraphs[:4] + paragraphs[6:])).dedup.verdict == "related"
    full = wire.take("full", FOLLOW_UP)
    assert (full.dedup.verdict, full.dedup.cluster, full.supersedes) == ("related", "brief", "brief")
    assert full.links() == {"related_to": "story", "supersedes": "brief"}
    assert wire.take("copy", f"(AP) - {FOLLOW_UP}").dedup.duplicate_of == "full"


def test_a_fuller_copy_of_a_story_is_not_hidden_behind_a_follow_up_that_came_before_it() -> None:
    wire = Wire()
    wire.take("brief", "\n\n".join(PARAGRAPHS[:-2]))
    assert wire.take("follow-up", FOLLOW_UP).against == "brief"
    full = wire.take("full", HOSPITAL)
    assert (full.dedup.verdict, full.supersedes) == ("unique", "brief")


def test_a_few_words_more_do_not_matter() -> None:
    wire = Wire()
    wire.take("a", HOSPITAL)
    longer = wire.take("b", f"By our correspondent in Corwen\n\n{HOSPITAL}\n\nThis story was updated on Wednesday.")
    assert longer.dedup.duplicate_of == "a"


def test_other_stories_left_on_the_page_make_a_copy_longer_and_not_fuller() -> None:
    wire = Wire()
    wire.take("clean", HOSPITAL)
    assert wire.take("noisy", f"{HOSPITAL}\n\n{SIDEBAR}").dedup.duplicate_of == "clean"


def test_of_copies_as_full_the_credited_agency_s_own_takes_over() -> None:
    wire = Wire()
    wire.take("paper", HOSPITAL, url="https://paper.example/1", agency="Reuters")
    assert wire.take("other paper", HOSPITAL, url="https://other.example/1").dedup.duplicate_of == "paper"
    own = wire.take("own", HOSPITAL, url="https://www.reuters.com/world/1", agency="Reuters")
    assert (own.dedup.verdict, own.supersedes) == ("unique", "paper")
    again = wire.take("again", HOSPITAL, url="https://jp.reuters.com/1", agency="Reuters")
    assert again.dedup.duplicate_of == "own"


def test_a_site_whose_name_ends_like_the_agency_s_is_not_the_agency() -> None:
    wire = Wire()
    wire.take("paper", HOSPITAL, url="https://paper.example/1", agency="Reuters")
    assert wire.take("b", HOSPITAL, url="https://notreuters.com/1", agency="Reuters").dedup.duplicate_of == "paper"


def test_a_page_that_gives_another_site_s_canonical_address_is_a_copy_and_names_the_origin() -> None:
    wire = Wire()
    origin = "https://www.origin.example/story"
    wire.take("portal", HOSPITAL, url="https://portal.example/9", canonical_url=origin)
    own = wire.take("origin", f"{HOSPITAL} Read more.", url=origin, canonical_url=origin)
    assert (own.dedup.verdict, own.supersedes) == ("unique", "portal")
    copy = wire.take("second", f"(AP) - {HOSPITAL}", url="https://second.example/9", canonical_url=origin)
    assert (copy.dedup.verdict, copy.dedup.duplicate_of) == ("duplicate", "origin")


def test_the_new_version_of_a_canonical_copy_is_canonical() -> None:
    wire = Wire()
    wire.take("a", BRIEF, url="https://a.example/1")
    wire.take("b", f"(AP) - {BRIEF}", url="https://b.example/1")
    revised = wire.take("a2", HOSPITAL, url="https://a.example/1")
    assert (revised.dedup.verdict, revised.dedup.cluster, revised.dedup.duplicate_of) == ("revision", "a", None)
    assert wire.take("c", f"{BRIEF} (AP)").dedup.duplicate_of == "a2"


@pytest.mark.parametrize(
    ("new", "duplicate_of", "cluster", "supersedes"),
    [
        (f"{BRIEF} Corrected.", "a", "a", None),
        (HOSPITAL, None, "a", "a"),
        (OTHER_REPORT, None, "b2", None),
    ],
    ids=["a copy still", "now the fullest", "now another story"],
)
def test_the_new_version_of_another_copy_is_judged_again(
    new: str, duplicate_of: str | None, cluster: str, supersedes: str | None
) -> None:
    wire = Wire()
    wire.take("a", BRIEF, url="https://a.example/1")
    wire.take("b", f"(AP) - {BRIEF}", url="https://b.example/1")
    revised = wire.take("b2", new, url="https://b.example/1")
    assert (revised.dedup.verdict, revised.against) == ("revision", "b")
    assert (revised.dedup.duplicate_of, revised.dedup.cluster) == (duplicate_of, cluster)
    assert revised.supersedes == supersedes


def test_one_canonical_address_for_all_pages_of_a_site_makes_no_revisions() -> None:
    wire = Wire()
    home = "https://paper.example/"
    wire.take("a", HOSPITAL, url=f"{home}a", canonical_url=home, title="Records copied")
    other = wire.take("b", SIDEBAR, url=f"{home}b", canonical_url=home, title="Ferries")
    assert other.dedup.verdict == "unique"
    revised = wire.take("c", BRIEF, url=f"{home}a?page=1", canonical_url=home, title="Records of patients copied")
    assert revised.dedup.verdict != "unique"


def test_a_story_is_no_new_version_of_a_page_that_gave_its_address_for_its_own() -> None:
    wire = Wire()
    wire.take("a", HOSPITAL, url="https://a.example/1", canonical_url="https://a.example/2", title="Records copied")
    story = wire.take("b", SIDEBAR, url="https://a.example/2", title="Ferries")
    assert (story.dedup.verdict, story.dedup.cluster) == ("unique", "b")
    later = wire.take("c", BRIEF, url="https://a.example/2", title="Ferries sail again")
    assert (later.dedup.verdict, later.against) == ("revision", "b")
    edited = wire.take("d", BRIEF, url="https://a.example/1", canonical_url="https://a.example/2", title="Records sold")
    assert (edited.dedup.verdict, edited.dedup.cluster) == ("revision", "a")


def test_a_copy_out_of_the_window_is_related_unless_it_is_word_for_word_the_same() -> None:
    wire = Wire()
    wire.take("a", HOSPITAL, published="2026-03-01T08:00:00Z")
    late = wire.take("b", f"(AP) - {HOSPITAL}", published="2026-03-20")
    assert (late.dedup.verdict, late.against, late.dedup.cluster) == ("related", "a", "b")
    assert wire.take("c", HOSPITAL, published="2026-09-01").dedup.duplicate_of == "a"
    assert wire.take("d", f"{HOSPITAL} (AP)").dedup.verdict == "duplicate"


def test_within_the_window_a_copy_of_the_later_printing_is_its_copy() -> None:
    wire = Wire()
    wire.take("a", HOSPITAL, published="2026-03-01")
    wire.take("b", f"(AP) - {HOSPITAL}", published="2026-03-20")
    assert wire.take("c", f"(AP) -- {HOSPITAL}!", published="2026-03-21").dedup.cluster == "b"


def test_what_counts_as_fuller_is_configured() -> None:
    wire = Wire(DedupConfig(fuller=3))
    wire.take("brief", BRIEF)
    assert wire.take("full", HOSPITAL).dedup.duplicate_of == "brief"


def test_a_record_with_an_address_that_is_none_is_decided_by_its_text() -> None:
    record = msgspec.structs.replace(article("a"), url="http://[", canonical_url="x" * 3000)
    assert Document.of(record).addresses == ("x" * 3000,)


@pytest.mark.parametrize("url", ["http://[", "nonsense", "", None, "https://"])
def test_what_is_no_address_has_no_site(url: str | None) -> None:
    assert site_of(url) is None
