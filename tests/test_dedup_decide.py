"""The decision, article by article: what is a copy, a revision, a related story, and what stays alone."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.records import Dedup
from pipelines.dedup import Decision, DedupConfig, Deduplicator, Document, Signature, sign
from pipelines.dedup.index import MAX_BUCKET
from pipelines.dedup.rules import Rule
from tests.seeds import SEEDS, need_seeds


class Wire:
    """A deduplicator with the texts it was given, decided and taken in one by one."""

    def __init__(self, config: DedupConfig | None = None) -> None:
        self.texts: dict[str, str] = {}
        self.known = Deduplicator(self.texts.__getitem__, config)

    def take(self, id: str, text: str, **fields: str) -> Decision:
        document = Document(id=id, text=text, **fields)  # type: ignore[arg-type]  # access is a literal
        signature = sign(text)
        decision = self.known.weigh(document, signature)
        assert decision == self.known.weigh(document, signature)
        self.texts[id] = text
        self.known.add(document, signature, decision.dedup)
        return decision


def story(seed: int, count: int = 240) -> str:
    """Made-up news: words in a row as no other story has them."""
    pick = random.Random(seed)
    return " ".join(f"{pick.choice('bdfgklmnprst')}{pick.choice('aeiou')}{pick.randrange(900)}" for _ in range(count))


def japanese(seed: int, count: int = 400) -> str:
    pick = random.Random(seed)
    return "".join(chr(pick.randrange(0x4E00, 0x5E00)) + pick.choice("のをにがはと") for _ in range(count // 2))


NOTICE = (
    "{who} said {day} that personal information of up to {count} customers may have been leaked due to unauthorized "
    "access to its server. The information includes names, addresses, phone numbers and email addresses. No credit "
    "card information was included, the company said, adding that no misuse has been confirmed so far. {who} detected "
    "the access on {date} and reported the matter to the Personal Information Protection Commission and the police. "
    "We deeply apologize for causing great inconvenience and concern to our customers, the company said in a "
    "statement on its website. We will take thorough measures to prevent a recurrence."
)


def test_the_first_article_is_unique_and_its_own_cluster() -> None:
    assert Wire().take("a", story(1)) == Decision(Dedup(verdict="unique", cluster="a"), None, Rule.NO_CANDIDATE)


@pytest.mark.parametrize(
    "copy",
    [
        story(1).upper(),
        " ".join(story(1).split()[:110]),
        f"TOKYO (Kyodo) — {story(1)} Share this article. Also read: {story(8, 60)}",
        f"{story(1)}\n\nRelated articles\n\n{story(9, 700)}",
    ],
    ids=[
        "exact but for case",
        "cut",
        "with dateline and tail",
        "with related stories three times its length",
    ],
)
def test_a_copy_is_found_and_leads_to_the_first(copy: str) -> None:
    wire = Wire()
    wire.take("a", story(1))
    decision = wire.take("b", copy)
    assert (decision.dedup.verdict, decision.dedup.duplicate_of, decision.dedup.cluster) == (
        "duplicate",
        "a",
        "a",
    )
    assert decision.dedup.evidence is not None


def test_a_japanese_copy_is_found_as_surely() -> None:
    wire = Wire()
    wire.take("a", japanese(1))
    assert wire.take("b", f"【東京】{japanese(1)[:300]}").dedup.duplicate_of == "a"
    assert wire.take("c", japanese(2)).dedup.verdict == "unique"


def test_a_copy_of_a_copy_belongs_to_the_first() -> None:
    wire = Wire()
    words = story(1, 400).split()
    wire.take("a", " ".join(words))
    wire.take("b", " ".join(words[:250]) + " " + story(5, 150))
    third = wire.take("c", " ".join(words[:200]) + " " + story(5, 150))
    assert (third.dedup.verdict, third.dedup.duplicate_of) == ("duplicate", "a")


def test_an_article_embedded_in_another_s_sidebar_is_not_its_copy() -> None:
    wire = Wire()
    wire.take("page", f"{story(1)} Related articles {story(2)}")
    decision = wire.take("b", story(2))
    assert (decision.dedup.verdict, decision.dedup.duplicate_of, decision.dedup.cluster) == (
        "related",
        None,
        "b",
    )
    assert decision.against == "page"


def test_a_follow_up_that_quotes_the_background_is_kept_and_linked() -> None:
    wire = Wire()
    wire.take("a", story(1))
    decision = wire.take("b", f"{story(3, 230)} {story(1, 200)}")
    assert (decision.dedup.verdict, decision.against) == ("related", "a")
    assert decision.dedup.cluster == "b"


def test_one_company_s_notice_never_swallows_another_s() -> None:
    wire = Wire()
    wire.take("a", NOTICE.format(who="Evergreen Insurance", day="Thursday", count="140,501", date="March 28"))
    other = NOTICE.format(who="Maple County", day="Tuesday", count="666,797", date="May 2")
    assert wire.take("b", other).dedup.verdict == "unique"
    assert wire.take("c", f"BOSTON (AP) — {other}").dedup.duplicate_of == "b"


NOTICE_JA = (
    "{who}は{date}、同社が運営する通販サイトのサーバーが第三者による不正アクセスを受け、顧客の個人情報が最大{count}件漏えいした"
    "可能性があると発表した。漏えいした可能性があるのは、氏名、住所、電話番号、メールアドレスで、クレジットカード情報は含まれて"
    "いないという。同社は{found}に不審な通信を検知し、外部との接続を遮断した。{who}は個人情報保護委員会と警察に報告し、専門の"
    "調査会社と原因の究明を進めている。これまでに情報が悪用された事実は確認されていないとしている。同社は「お客様に多大なご迷惑と"
    "ご心配をおかけし、深くおわび申し上げます」とコメントし、再発防止に努めるとしている。"
)


def test_japanese_notices_of_two_companies_are_told_apart_and_copies_found() -> None:
    wire = Wire()
    wire.take("a", NOTICE_JA.format(who="青空商事", date="12日", count="3万1204", found="5月2日"))
    other = NOTICE_JA.format(who="ミナト食品", date="27日", count="845", found="8月19日")
    assert wire.take("b", other).dedup.verdict == "unique"
    assert wire.take("c", f"【横浜】{other}").dedup.duplicate_of == "b"


def test_stubs_under_a_paywall_are_copies_only_if_they_are_the_same() -> None:
    wire = Wire()
    stub = "Subscribers only. Log in or subscribe to read the whole article. " * 12
    wire.take("a", stub, title="Bank loses records", access="paywalled")
    assert wire.take("b", stub, title="Mayor opens bridge", access="paywalled").dedup.verdict == "unique"
    assert (
        wire.take("c", "First words. " + stub, title="Bank loses records", access="paywalled").dedup.verdict == "unique"
    )
    assert wire.take("d", stub, title="Bank loses records", access="paywalled").dedup.duplicate_of == "a"


def test_a_short_text_is_a_copy_if_nearly_all_agrees_and_the_headline_does() -> None:
    wire = Wire()
    wire.take("a", story(1, 60), title="Turkey applies")
    assert wire.take("b", story(1, 58), title="Other headline").dedup.verdict == "unique"
    assert wire.take("c", story(1, 58), title="Turkey applies").dedup.duplicate_of == "a"
    wire.take("d", story(2, 30), title="Brief")
    assert wire.take("e", story(2, 29), title="Brief").dedup.verdict == "unique"


def test_empty_texts_are_not_copies() -> None:
    wire = Wire()
    wire.take("a", "")
    assert wire.take("b", "").dedup.verdict == "unique"


@pytest.mark.parametrize("fields", [{"url": "https://a.example/1"}, {"canonical_url": "https://a.example/1"}])
def test_another_text_at_the_same_address_is_a_revision(fields: Mapping[str, str]) -> None:
    wire = Wire()
    wire.take("a", story(1), canonical_url="https://a.example/1")
    decision = wire.take("b", f"{story(1)} Correction: {story(4, 20)}", **fields)
    assert (decision.dedup.verdict, decision.dedup.cluster, decision.dedup.duplicate_of) == (
        "revision",
        "a",
        None,
    )
    assert decision.against == "a"
    third = wire.take("c", story(1) + " " + story(6, 40), **fields)
    assert (third.dedup.verdict, third.against) == ("revision", "b")


def test_the_same_text_at_the_same_address_is_a_copy() -> None:
    wire = Wire()
    wire.take("a", story(1), url="https://a.example/1")
    assert wire.take("b", story(1), url="https://a.example/1").dedup.verdict == "duplicate"


def test_an_erased_text_is_no_candidate() -> None:
    wire = Wire()
    wire.take("a", story(1))
    del wire.texts["a"]
    wire.known = _reloaded(wire, {"a": sign(story(1))})
    assert wire.take("b", story(1) + " more").dedup.verdict == "unique"


def test_taking_an_article_in_twice_changes_nothing() -> None:
    once, twice = Wire(), Wire()
    for wire in (once, twice):
        wire.take("a", story(1))
    twice.known.add(Document(id="a", text=story(2)), sign(story(2)), Dedup(cluster="a"))
    assert len(twice.known) == 1
    assert twice.take("b", story(2)) == once.take("b", story(2))


def test_loading_signatures_gives_the_decisions_of_taking_articles_in() -> None:
    wire = Wire()
    for number in range(6):
        wire.take(f"a{number}", story(number))
    loaded = _reloaded(wire, {id: sign(text) for id, text in wire.texts.items()})
    document = Document(id="b", text=story(3, 200))
    assert loaded.weigh(document, sign(document.text)) == wire.known.weigh(document, sign(document.text))


def _reloaded(wire: Wire, signatures: Mapping[str, Signature]) -> Deduplicator:
    known = Deduplicator(wire.texts.__getitem__)
    for id, signature in signatures.items():
        known.add(Document(id=id, text=""), Signature.from_bytes(signature.to_bytes()), Dedup(cluster=id))
    return known


@settings(max_examples=20, deadline=None)
@given(st.permutations(["a", "b", "c", "d", "e"]))
def test_order_changes_which_copy_is_first_never_which_articles_belong_together(order: list[str]) -> None:
    texts = {
        "a": story(1),
        "b": f"(Reuters) - {story(1)}",
        "c": " ".join(story(1).split()[:150]),
        "d": story(2),
    }
    texts["e"] = f"{story(2)} Read more."
    wire = Wire()
    cluster = {id: wire.take(id, texts[id]).dedup.cluster for id in order}
    assert cluster["a"] == cluster["b"] == cluster["c"]
    assert cluster["d"] == cluster["e"] != cluster["a"]


def test_a_hot_bucket_of_like_notices_stays_cheap_and_copies_are_still_found() -> None:
    wire = Wire()
    for number in range(MAX_BUCKET + 40):
        wire.take(
            f"n{number}",
            NOTICE.format(who=f"Acme{number} Bank", day="Monday", count=f"{number}00", date=f"May {number}"),
        )
    known = {wire.take(f"m{number}", story(number + 100)).dedup.verdict for number in range(20)}
    assert known == {"unique"}
    start = time.process_time()
    for number in range(20):
        wire.take(
            f"x{number}",
            NOTICE.format(who=f"Bolt{number} Co", day="Monday", count=f"9{number}", date=f"June {number}"),
        )
    assert time.process_time() - start < 5
    assert wire.take("copy", story(107, 200)).dedup.duplicate_of == "m7"


def test_many_exact_copies_fill_no_bucket() -> None:
    wire = Wire()
    for number in range(MAX_BUCKET + 50):
        wire.take(f"n{number}", story(1))
    assert wire.take("b", story(1) + " more").dedup.duplicate_of == "n0"


@pytest.mark.parametrize(
    ("field", "value"),
    [("containment", 1.5), ("lead", -0.1), ("conflict", -1), ("candidates", 0), ("lead", float("nan"))],
)
def test_a_threshold_out_of_range_is_refused(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        DedupConfig(**{field: value})  # type: ignore[arg-type]


@need_seeds
def test_the_seeds() -> None:
    noisy, second, _ = (path.read_text("utf-8") for path in sorted(SEEDS.glob("*.txt")))
    clean = noisy.partition("Hashtags")[0].strip()
    sidebar = noisy[noisy.index("Mitsubishi Estate has bought") : noisy.index("TSMC and Tokyo University team")]
    for first, then in ((clean, noisy), (noisy, clean)):
        wire = Wire()
        wire.take("a", first)
        assert wire.take("b", then).dedup.duplicate_of == "a"
        assert wire.take("sidebar", sidebar).dedup.verdict != "duplicate"
        assert wire.take("same event", second).dedup.verdict == "unique"
