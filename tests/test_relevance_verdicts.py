"""What the packaged breach topic says of stories that are about a breach, and of those that only sound so."""

from __future__ import annotations

import pytest

from pipelines.items import Link
from pipelines.relevance import Topic, judge, load_rules, load_topic, worth_fetching
from tests.seeds import SEEDS, need_seeds


@pytest.fixture(scope="module")
def breach() -> Topic:
    return load_topic("breach")


BREACHES = {
    "en": (
        "Hospital group says data of 1.2 million patients was stolen",
        "Northlake Health said on Friday that an unauthorized party had copied files with names, dates of birth and "
        "medical records of 1.2 million patients. It has notified the regulator of the data breach.",
    ),
    "en, a report": (
        "Personal info leak cases hit record high",
        "The number of personal information breach cases rose to 19,056, according to the commission's report.",
    ),
    "ja": (
        "通販サイトで個人情報漏えい、最大3万件",
        "同社は10日、第三者による不正アクセスにより、顧客の氏名や住所など最大3万件の個人情報が流出した可能性があると発表した。",
    ),
    "ja, no text": ("市役所、住民の個人情報を誤送信", ""),
    "zh": (
        "某航空公司客户数据泄露 影响百万旅客",
        "该公司周一表示，黑客入侵其系统，导致约一百万名旅客的个人信息外泄。",
    ),
    "ko": ("쇼핑몰 고객 개인정보 10만건 유출", "이 회사는 해킹으로 고객의 개인정보가 유출됐다고 밝혔다."),
    "de": (
        "Datenleck bei Versandhändler: Kundendaten im Netz",
        "Unbekannte haben Kundendaten erbeutet. Personenbezogene Daten von 80.000 Kunden wurden veröffentlicht.",
    ),
    "fr": (
        "Fuite de données chez un opérateur : deux millions de clients touchés",
        "L'opérateur a confirmé une cyberattaque. Des données personnelles ont été volées, la CNIL a été informée.",
    ),
    "es": (
        "Filtración de datos en una aseguradora",
        "La empresa confirmó que los datos personales de 40.000 clientes fueron robados en un ciberataque.",
    ),
    "pt": (
        "Vazamento de dados expõe clientes de banco",
        "Os dados de 200 mil clientes foram expostos, disse a ANPD.",
    ),
    "it": (
        "Furto di dati all'ospedale",
        "I dati personali dei pazienti sono stati rubati in un attacco hacker.",
    ),
    "nl": (
        "Datalek bij webwinkel treft klanten",
        "De persoonsgegevens van klanten zijn gestolen en staan op straat.",
    ),
    "ru": ("Утечка данных клиентов банка", "Хакеры похитили персональные данные клиентов."),
    "en, a utility": (
        "Lakeside Water data breach exposes customers",
        "Names and account numbers were stolen, it said.",
    ),
    "ja, a utility": (
        "南北ガスで情報漏えい、顧客10万件",
        "南北ガスは、顧客の個人情報が漏えいした可能性があると発表した。",
    ),
    "ar": (
        "تسريب بيانات ملايين العملاء",
        "أعلنت الشركة عن اختراق البيانات الشخصية للعملاء بعد هجوم سيبراني.",
    ),
}


@pytest.mark.parametrize("case", BREACHES)
def test_a_breach_story_is_yes_in_every_language(breach: Topic, case: str) -> None:
    title, text = BREACHES[case]
    relevance = judge(breach, title, text)
    assert relevance.verdict == "yes", relevance
    assert relevance.score >= 0.5
    assert worth_fetching(breach, title, text[:200] or None)


AFTERMATH = [
    (
        "Two arrested after leak of police database",
        "Officers said personal details of 9,000 staff had been posted online.",
    ),
    ("Teenager pleads guilty in hack of school records", "He admitted that he obtained data of 60,000 students."),
    ("Ex-nurse convicted of leaking patient records", "The court heard that she copied the files of 400 patients."),
]


@pytest.mark.parametrize(("title", "text"), AFTERMATH)
def test_a_trial_for_a_breach_is_kept(breach: Topic, title: str, text: str) -> None:
    assert judge(load_rules("breach"), title, text).verdict == "yes"
    assert judge(breach, title, text).verdict != "no"


OTHERS = {
    "water leak": (
        "Water leak closes three city schools",
        "A burst water main caused a leak under the gymnasium. Repairs will take two days, the council said.",
    ),
    "gas leak": (
        "Gas leak forces evacuation of apartment block",
        "Firefighters were called after residents smelled gas. The leak was sealed and no one was hurt.",
    ),
    "burst main": (
        "Huge leak floods High Street after water main breach",
        "A water main burst before dawn and flooded forty shops. The breach was closed by noon, the utility said.",
    ),
    "oil leak, ja": (
        "貨物船から重油流出、漁協が拭き取り作業",
        "座礁した貨物船から重油が流出し、漁協が拭き取り作業に追われた。",
    ),
    "burst main, ja": (
        "駅前で水道管破裂、道路に水が流出",
        "水道管が破裂し、道路に水が流出した。断水はない。",
    ),
    "breach of contract": (
        "Builder sues supplier for breach of contract",
        "The lawsuit says the supplier was in breach of its delivery terms and seeks damages of $4 million.",
    ),
    "patch notes": (
        "Browser update fixes two flaws",
        "The vendor released patches for two vulnerabilities, CVE-2031-1234 among them. Users should update.",
    ),
    "film leak": (
        "Leaked trailer shows first scenes of superhero sequel",
        "Footage from the film leaked online on Monday, hours before the studio wanted to show the trailer.",
    ),
    "phone leak": (
        "New phone leaks again: renders show flat edges",
        "Leaked renders show the phone from all sides. The leak fits with the specs that leaked last week.",
    ),
    "stolen cryptocurrency": (
        "Hackers steal $40 million in bitcoin from exchange",
        "The exchange said the stolen bitcoin was taken from its hot wallet. Withdrawals were stopped.",
    ),
    "stolen cryptocurrency, ja": (
        "暗号資産交換業者から約480億円のビットコインが不正流出",
        "暗号資産の交換業者は31日、ビットコイン4502枚が不正に流出したと発表した。顧客の預かり資産は全額保証するという。",
    ),
    "vendor advice, es": (
        "Cinco consejos para evitar el robo de datos",
        "La solución de seguridad protege a las empresas. Los expertos dan recomendaciones para proteger la red.",
    ),
    "a trial for other crimes": (
        "Hacker jailed for running botnet",
        "He pleaded guilty to renting out infected computers.",
    ),
    "sports": (
        "Late goal sends United to the final",
        "A goal in stoppage time broke the defence and the record.",
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_a_story_that_only_sounds_so_is_no(breach: Topic, case: str) -> None:
    relevance = judge(breach, *OTHERS[case])
    assert relevance.verdict == "no", relevance


def test_ransomware_with_no_data_taken_is_maybe(breach: Topic) -> None:
    relevance = judge(
        breach,
        "Ransomware attack halts production at brewery",
        "The brewer said a ransomware attack had stopped two of its plants. It is restoring systems from backups "
        "and found no sign that any customer or employee information had left the company.",
    )
    assert relevance.verdict == "maybe", relevance


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Ransomware cripples clinic, no patient data stolen", "Doctors work on paper. No records were taken."),
        ("Bank says no evidence customer data was accessed in cyberattack", ""),
        ("Cyberattack on ministry: hackers stole no data, agency says", "It was stopped within an hour."),
        ("Hackerangriff auf Klinik: Patientendaten wurden nicht gestohlen", ""),
    ],
)
def test_a_cyberattack_whose_loss_is_denied_is_maybe(breach: Topic, title: str, text: str) -> None:
    assert judge(breach, title, text).verdict == "maybe"
    assert judge(load_rules("breach"), title, text).verdict == "maybe"


def test_a_story_that_denies_one_loss_and_admits_another_is_yes(breach: Topic) -> None:
    title = "Shop hacked: no card data stolen, but names and addresses of 40,000 customers leaked"
    assert judge(breach, title, "The thieves copied the customer database on Sunday.").verdict == "yes"


@need_seeds
@pytest.mark.parametrize(
    ("seed", "article_ends"), [("000", "Hashtags"), ("001", "Also Read"), ("002", "  • Ambassador")]
)
def test_the_seed_stories_are_yes(breach: Topic, seed: str, article_ends: str) -> None:
    (found,) = SEEDS.glob(f"{seed}_*.txt")
    text = found.read_text("utf-8").partition(article_ends)[0].strip()
    assert judge(breach, None, text).verdict == "yes"


def test_evidence_names_phrase_zone_and_weight_and_adds_up(breach: Topic) -> None:
    relevance = judge(breach, *BREACHES["en"])
    first = relevance.evidence[0]
    assert (first.phrase, first.zone) == ("data of 1.2 million patients was stolen", "title")
    assert first.weight == pytest.approx(1.8 * 3.8)
    points = sum(hit.weight for hit in relevance.evidence if hit.zone != "model")
    assert points >= breach.profile.thresholds.yes
    assert {hit.zone for hit in relevance.evidence} == {"title", "lead", "model"}


def test_by_rules_alone_the_evidence_adds_up_to_the_verdict() -> None:
    rules = load_rules("breach")
    for title, text in [*BREACHES.values(), *OTHERS.values()]:
        relevance = judge(rules, title, text)
        points = sum(hit.weight for hit in relevance.evidence)
        assert (points >= rules.profile.thresholds.yes) == (relevance.verdict == "yes")


@pytest.mark.parametrize("case", BREACHES)
def test_the_rules_alone_carry_every_language(case: str) -> None:
    assert judge(load_rules("breach"), *BREACHES[case]).verdict == "yes"


def test_without_a_headline_the_first_sentence_stands_for_it(breach: Topic) -> None:
    relevance = judge(breach, "", "Customer data stolen from bank. The bank said so.")
    assert any(hit.zone == "title" and "stolen" in hit.phrase for hit in relevance.evidence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Over 1.5 million customers' data stolen from bank.",
        "U.S. bank says data of customers stolen!",
        "顧客情報が流出。",
    ],
)
def test_no_point_within_a_sentence_ends_it_where_it_stands_for_the_headline(breach: Topic, sentence: str) -> None:
    assert judge(breach, None, f"{sentence} The fair opens today.") == judge(
        breach, sentence, f"{sentence} The fair opens today."
    )


def test_an_address_says_its_words_in_scripts_whose_vowels_are_marks(breach: Topic) -> None:
    link = Link(url="https://a.example/%E0%A4%AC%E0%A5%88%E0%A4%82%E0%A4%95-hackers", source="a", discovered_by="feed")
    assert worth_fetching(breach, None, None, link)  # two words of five letters and marks: too few to judge by


def test_nothing_is_no_with_a_low_score(breach: Topic) -> None:
    relevance = judge(breach, None, "")
    assert (relevance.verdict, relevance.evidence) == ("no", ())
    assert relevance.score < 0.1


def test_a_link_is_fetched_for_a_hint_in_its_title_alone(breach: Topic) -> None:
    assert worth_fetching(breach, "Hackers hit town hall", None)
    assert not worth_fetching(breach, "Late goal sends United to the final", None)


def test_a_summary_saves_fetching_what_the_title_leaves_open(breach: Topic) -> None:
    title = "Attack on the champions pays off"
    assert worth_fetching(breach, title, None)
    assert not worth_fetching(breach, title, "United went forward from the first minute and won by three goals.")


@pytest.mark.parametrize(
    "filler", ["data ", "個人情報", "stolen million ", "a" * 50 + " ", "\u0301", "。", "leak data breach "]
)
def test_an_endless_text_costs_no_more_than_its_start(breach: Topic, filler: str) -> None:
    start = filler * (10_000 // len(filler) + 1)
    assert judge(breach, filler * 2_000, start * 200) == judge(breach, filler * 2_000, start)


WITHOUT_ITS_WORDS = {
    "en": (
        "Council apologises for its newsletter",
        "The spreadsheet attached by mistake listed the arrears of 2,100 tenants. All of them got it.",
    ),
    "fr": (
        "La mairie présente ses excuses",
        "Une pièce jointe oubliée a livré les notes de 1 200 élèves à toutes les familles.",
    ),
    "es": ("El colegio pide disculpas", "Un archivo equivocado dejó al descubierto los diagnósticos de 70 alumnos."),
    "de": ("Bank entschuldigt sich", "In der App sahen Kunden eine Stunde lang die Umsätze anderer."),
    "ja": ("銀行が謝罪", "アプリで1時間にわたり、別の客の入出金が表示された。"),
}


@pytest.mark.parametrize("language", WITHOUT_ITS_WORDS)
def test_what_is_lost_whose_how_and_what_was_done_make_a_breach_together(language: str) -> None:
    topic, (title, text) = load_rules("breach"), WITHOUT_ITS_WORDS[language]
    relevance = judge(topic, title, text)
    assert relevance.verdict == "yes"
    assert len(relevance.evidence) >= len(topic.signs)
    assert worth_fetching(topic, title, text)
    assert judge(topic, title, "").verdict == "no"


def test_signs_of_a_breach_do_not_count_where_a_loss_is_denied() -> None:
    told = "The clinic told patients that letters had gone to the wrong address, and that no patient data was stolen."
    assert judge(load_rules("breach"), "Letters astray", told).verdict != "yes"


def test_files_that_were_encrypted_and_copied_are_a_breach() -> None:
    told = "The hospital said that records of 18,000 patients were stolen by the gang."
    assert judge(load_rules("breach"), "Clinic's files encrypted and copied", told).verdict == "yes"
