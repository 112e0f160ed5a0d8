"""The number of people affected by a breach, in the languages of the profile; what is no such number is left out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.facts import facts_of
from pipelines.facts.affected import MAX_CHARS, MAX_TITLE
from pipelines.facts.numbers import LARGEST, numbers
from pipelines.facts.passages import MAX_EVIDENCE
from pipelines.facts.weigh import UNITS

TOLD = [
    # English
    ("The breach affects 3.2 million people.", 3_200_000, "exact", "people"),
    ("Hackers stole the personal data of more than 412,000 patients.", 412_000, "at least", "patients"),
    ("Up to 26,000 customers may have been affected by the attack.", 26_000, "up to", "customers"),
    ("As many as 147 million Americans had their records exposed.", 147_000_000, "up to", "people"),
    ("Nearly half a million citizens had their details leaked.", 500_000, "about", "people"),
    ("A 3.2-million-record breach has hit the insurer.", 3_200_000, "exact", "records"),
    ("The 540,000-user leak was found by a researcher.", 540_000, "exact", "users"),
    ("Roughly two million customers were notified of the breach.", 2_000_000, "about", "customers"),
    ("The stolen database holds 92,283,889 user accounts.", 92_283_889, "exact", "accounts"),
    ("The gang leaked 1.2bn email addresses.", 1_200_000_000, "exact", "email addresses"),
    ("Personal data of 148million Americans was stolen.", 148_000_000, "exact", "people"),
    ("It now says 2.1 million people were affected, up from 1.5 million people.", 2_100_000, "exact", "people"),
    ("The tally of people affected rose from 1.5 million people to 2.1 million people.", 2_100_000, "exact", "people"),
    ("Initially 40,000 customers were said to be hit; 90,000 customers had data stolen.", 90_000, "exact", "customers"),
    ("The leak exposed 4 million+ customers.", 4_000_000, "at least", "customers"),
    ("The attackers stole data on 800 employees.", 800, "exact", "employees"),
    ("The breach compromised 140,000 Social Security numbers.", 140_000, "exact", "identity numbers"),
    ("Some 380,000 payment cards were compromised.", 380_000, "about", "cards"),
    ("Passwords of 6,000 users were exposed, and the company paid 2 million dollars.", 6_000, "exact", "users"),
    ("Of its 18,400 clients 134 clients were affected by the intrusion.", 134, "exact", "customers"),
    ("Over 300,000 affected by the breach of a health programme.", 300_000, "at least", "people"),
    ("The clinic told 51,000 pet owners of stolen addresses and door codes.", 51_000, "exact", "people"),
    ("They published files on 71,500 students, and not 58,000 as they had first said.", 71_500, "exact", "students"),
    ("Between 1.5 million and 2 million customers are affected.", 2_000_000, "up to", "customers"),
    ("The leak exposed 40,000 to 60,000 patients.", 60_000, "up to", "patients"),
    ("Zwischen 40.000 und 60.000 Kunden sind von dem Datenleck betroffen.", 60_000, "up to", "customers"),
    # English of India
    ("Data of 45 lakh passengers was leaked.", 4_500_000, "exact", "people"),
    ("Aadhaar details of 1.2 crore citizens were exposed.", 12_000_000, "exact", "people"),
    ("Records of 12,34,567 customers were stolen.", 1_234_567, "exact", "customers"),
    # German
    ("Von dem Datenleck sind rund 2,1 Millionen Kunden betroffen.", 2_100_000, "about", "customers"),
    ("Hacker haben Daten von mehr als 1.250.000 Nutzern gestohlen.", 1_250_000, "at least", "users"),
    ("Bis zu 70.000 Patienten sind von dem Angriff betroffen.", 70_000, "up to", "patients"),
    ("Unbekannte erbeuteten 3,5 Mio. Datensätze.", 3_500_000, "exact", "records"),
    ("Eine halbe Million Bankkunden ist von dem Datendiebstahl betroffen.", 500_000, "exact", "customers"),
    ("Betroffen sind knapp 90 000 Versicherte.", 90_000, "about", "people"),
    ("Die Täter haben 18 Millionen E-Mail-Adressen abgegriffen.", 18_000_000, "exact", "email addresses"),
    ("Daten von 8.900 Studierenden wurden gestohlen.", 8_900, "exact", "students"),
    ("Betroffen von dem Datenleck sind 14.500 Rentner.", 14_500, "exact", "people"),
    ("Eine Festplatte mit Befunden von 3800 Patienten ist verschwunden.", 3_800, "exact", "patients"),
    # French
    ("La fuite touche 3,3 millions de clients.", 3_300_000, "exact", "customers"),
    ("Les données de 31 millions d’utilisateurs ont fuité.", 31_000_000, "exact", "users"),
    ("Près de 43 millions de personnes sont concernées par la fuite.", 43_000_000, "about", "people"),
    ("Une cyberattaque a exposé les données de plus de 70 000 assurés.", 70_000, "at least", "people"),
    ("Un demi-million de patients sont victimes de la fuite.", 500_000, "exact", "patients"),
    ("Les données de 1,8 million d'assurés ont été consultées.", 1_800_000, "exact", "people"),
    ("La fuite concerne entre 100 000 et 150 000 élèves.", 150_000, "up to", "students"),
    # Spanish
    ("La filtración afecta a 5,4 millones de clientes.", 5_400_000, "exact", "customers"),
    ("Roban los datos de más de 139 millones de usuarios.", 139_000_000, "at least", "users"),
    ("Quedaron expuestos unos 850.000 pacientes.", 850_000, "about", "patients"),
    ("Se filtraron más de 26.000 millones de registros.", 26_000_000_000, "at least", "records"),
    ("Medio millón de personas se vieron afectadas por el robo de datos.", 500_000, "exact", "people"),
    ("Quedaron expuestos los datos de 33 mil jubilados.", 33_000, "exact", "people"),
    ("El robo de datos afecta hasta a 60.000 pacientes.", 60_000, "up to", "patients"),
    # Portuguese
    ("O vazamento expôs dados de 223 milhões de brasileiros.", 223_000_000, "exact", "people"),
    ("Cerca de 160 mil clientes foram afetados pelo vazamento.", 160_000, "about", "customers"),
    ("Foram roubados dados de pelo menos 1,5 milhão de usuários.", 1_500_000, "at least", "users"),
    ("Dados de 11 milhões de beneficiários foram expostos.", 11_000_000, "exact", "people"),
    # Italian
    ("La violazione ha coinvolto oltre 2,5 milioni di utenti.", 2_500_000, "at least", "users"),
    ("Sono stati sottratti i dati di circa 300 mila pazienti.", 300_000, "about", "patients"),
    ("Rubati i dati di 17.000 dipendenti.", 17_000, "exact", "employees"),
    ("Esposti i dati di 300mila correntisti.", 300_000, "exact", "customers"),
    # Dutch
    ("Bij het datalek zijn gegevens van 485.000 patiënten gestolen.", 485_000, "exact", "patients"),
    ("Ruim 6,2 miljoen klanten zijn getroffen door de aanval.", 6_200_000, "at least", "customers"),
    ("Gegevens van bijna 30.000 medewerkers gelekt.", 30_000, "about", "employees"),
    ("De gegevens van 900 cliënten zijn gelekt.", 900, "exact", "customers"),
    ("Gegevens van 12.000 gepensioneerden gestolen.", 12_000, "exact", "people"),
    # Japanese
    ("約1750万件の顧客情報が流出した可能性がある。", 17_500_000, "about", "customers"),
    ("会員73万3820人分の個人情報が漏えいした。", 733_820, "exact", "members"),
    ("入院患者3万8千人の個人情報が流出した。", 38_000, "exact", "patients"),
    ("医師ら73万3820人分の情報が漏えいした。", 733_820, "exact", "people"),
    ("最大７万人の顧客情報が流出した。", 70_000, "up to", "customers"),
    ("不正アクセスにより22万4000件の個人情報が漏えいした。", 224_000, "exact", "records"),
    ("従業員の情報が漏れた。10,000名以上の従業員が対象で、情報が流出した。", 10_000, "at least", "employees"),
    ("1億2000万人以上の利用者に影響する情報漏えい。", 120_000_000, "at least", "users"),
    ("顧客2600人分の名簿を不正に持ち出した。", 2_600, "exact", "customers"),
    # Chinese
    ("黑客窃取了超过5.38亿用户的数据。", 538_000_000, "at least", "users"),
    ("约120万名客户的个人信息被泄露。", 1_200_000, "about", "customers"),
    ("駭客入侵,30萬筆個資外洩。", 300_000, "exact", "records"),
    ("多达3000万人受影响,数据遭泄露。", 30_000_000, "up to", "people"),
    ("泄露数据达2000余万条。", 20_000_000, "at least", "records"),
    ("黑客泄露了5百万条记录。", 5_000_000, "exact", "records"),
    # Korean
    ("해킹으로 약 2300만 명의 개인정보가 유출됐다.", 23_000_000, "about", "people"),
    ("고객 3370만명의 개인정보가 유출됐다.", 33_700_000, "exact", "customers"),
    ("이 사고로 계정 120만 개가 유출됐다. 120만 개 계정이 피해를 봤다.", 1_200_000, "exact", "accounts"),
    ("고객 3천370만개 계정이 유출됐다.", 33_700_000, "exact", "accounts"),
    ("가입자 2324만 4649명의 유심 정보가 유출됐다.", 23_244_649, "exact", "people"),
    ("이용자 1억 2천만 명의 정보가 유출됐다.", 120_000_000, "exact", "users"),
    ("고객 20여만 명의 정보가 유출됐다.", 200_000, "at least", "customers"),
]  # fmt: skip

NOT_TOLD = [
    "The company paid 3.2 million dollars after the breach.",
    "Hackers stole $5 million from customers.",
    "The firm was fined €20 million for the leak of customer data.",
    "The breach was discovered in 2019 and customers were told.",
    "Customers can call 1-855-686-9425 about the breach.",
    "The hospital, which employs 5,000 people, was hit by ransomware.",
    "The operator has more than 77 million customers and was breached.",
    "The app, used by 150 million people, leaked passwords.",
    "The app was downloaded more than 620 million times before the leak.",
    "Less than 3 percent of its 77 million customers were affected.",
    "About 70% of customers were affected.",
    "The breach affected 1,184 hotels.",
    "The attackers stole 250 GB of files and 30,000 messages.",
    "The average breach exposes 25,000 records, a study says.",
    "State law requires a notice if an incident affects at least 500 customers.",
    "Millions of customers were affected; hundreds of thousands had passwords stolen.",
    "Researchers scanned 2.7 million apps for the leak.",
    "The site at 192.168.100.200 leaked user passwords.",
    "Version 5.5.9 users are affected.",
    "Forever 21 warns shoppers of a card breach.",
    "The founder of 4chan told its users of the breach.",
    "The hackers stole 2 million parents’ and kids’ voice messages.",
    "Die Firma mit 12.000 Mitarbeitern wurde gehackt.",
    "Das Unternehmen zahlte nach dem Datenleck 3 Millionen Euro.",
    "L'entreprise a été condamnée à 52 millions de dollars d'amende après la fuite.",
    "L'opérateur compte 22 millions de clients et enquête sur une fuite.",
    "La multa por la filtración asciende a 5 millones de euros.",
    "従業員5000人の会社が不正アクセスを受けた。",
    "被害額は3億円で、情報が流出した。",
    "개인정보 유출로 과징금 75억 4천만원을 부과했다.",
    "该公司拥有3亿用户,称遭黑客攻击。",
    "",
]  # fmt: skip


def affected(title: str | None, text: str) -> dict[str, Any] | None:
    found = facts_of(title, text).get("people_affected")
    assert found is None or isinstance(found, dict)
    return found


@pytest.mark.parametrize(("sentence", "value", "qualifier", "unit"), TOLD)
def test_the_number_is_told_with_its_qualifier_and_unit(sentence: str, value: int, qualifier: str, unit: str) -> None:
    found = affected(None, sentence)
    assert found is not None
    assert (found["value"], found["qualifier"], found["unit"]) == (value, qualifier, unit)


@pytest.mark.parametrize("sentence", NOT_TOLD)
def test_money_years_sizes_of_companies_and_the_like_are_not_told(sentence: str) -> None:
    assert affected(None, sentence) is None


# -- whole articles ----------------------------------------------------------------------------------------------------

BACKGROUND = """\
Harbour Clinics said on Monday that intruders had copied files from a billing system. It did not say how many were hit.

The group, which employs 5,000 people and has 2 million patients, has told the police.

Last year, another clinic chain suffered a breach that exposed the records of 9 million patients.
"""


def test_another_breach_in_the_background_is_not_told() -> None:
    assert affected("Harbour Clinics confirms breach", BACKGROUND) is None


def test_a_far_sentence_that_has_nothing_of_the_headline_is_about_somebody_else() -> None:
    far = "\n\n".join([BACKGROUND.partition("\n\n")[0]] * 14)
    told = f"{far}\n\nHackers stole data of 400,000 customers from the Voice service."
    assert affected("Harbour Clinics confirms breach", told) is None
    own = told.replace("Voice service", "Harbour service")
    found = affected("Harbour Clinics confirms breach", f"{own}\n\nThe breach hit 400,000 customers.")
    assert found is not None
    assert found["value"] == 400_000


def test_the_text_tells_more_exactly_what_the_headline_rounds() -> None:
    found = affected("Breach hits 3.2 million users", "Files of 3,168,211 users were stolen, the firm said.")
    assert found is not None
    assert (found["value"], found["evidence"]["zone"]) == (3_168_211, "text")
    found = affected("Breach hits 40,000 users", "Files of about 40,000 users were stolen, the firm said.")
    assert found is not None
    assert found["qualifier"] == "about"


def test_a_headline_alone_is_enough() -> None:
    found = affected("Datenleck: 27.000 Kunden betroffen", "")
    assert found == {
        "value": 27_000,
        "qualifier": "exact",
        "unit": "customers",
        "evidence": {"text": "Datenleck: 27.000 Kunden betroffen", "zone": "title", "offset": 0},
    }


def test_a_list_of_many_breaches_tells_none() -> None:
    sentence = "Stolen were 536,727 accounts of Ash, 514,409 accounts of Birch, 568,357 accounts of Cedar, "
    assert affected(None, f"{sentence}21,439 accounts of Elm and 61,011 accounts of Fir.") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Thieves stole the data of 1,2\u00ad00 cus\u00adtomers.", 1_200),
        ("Von dem Daten\u00adleck sind rund 2,1\u200b Millio\u00adnen Kun\u00adden betroffen.", 2_100_000),
        ("\ufeffThe breach affects \u200e412,\u2060000\u200e pa\u200btients.", 412_000),
    ],
)
def test_what_no_reader_sees_divides_no_number_and_no_word(text: str, value: int) -> None:
    found = affected("Break-in", f"\u00adIt was told. {text} More is to come.")
    assert found is not None
    assert found["value"] == value
    assert found["evidence"]["text"] == text.lstrip("\ufeff")
    assert f"\u00adIt was told. {text}"[found["evidence"]["offset"] :] == found["evidence"]["text"]


# -- any text ----------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "3.2 million",
        "70 000",
        "約9万人",
        "customers",
        "were stolen",
        ".",
        " ",
        "\n\n",
        "in 2019",
        "d’",
        "$",
        "of its",
        "\u00ad",
    ]
)


@given(title=st.lists(PIECES).map(" ".join) | st.text(), text=st.lists(PIECES).map(" ".join) | st.text())
def test_the_evidence_is_the_text_s_own_and_the_values_are_of_closed_lists(title: str, text: str) -> None:
    found = affected(title, text)
    if found is None:
        return
    evidence = found["evidence"]
    source = {"title": title, "text": text}[evidence["zone"]]
    assert source[evidence["offset"] :].startswith(evidence["text"])
    assert 0 < len(evidence["text"]) <= 2 * MAX_EVIDENCE
    assert 2 <= found["value"] < LARGEST
    assert found["qualifier"] in ("exact", "about", "at least", "up to")
    assert found["unit"] in UNITS


HOSTILE = [
    "1" * 300_000, "123 " * 70_000, "1," * 150_000, "1.234." * 50_000, "1 million " * 30_000,
    "1" + " mil" * 70_000, "1億" * 150_000,
    "3 million people stolen " * 12_000, "3 million " + '"' * 300_000, "3 million " + "aaa " * 70_000,
    "5-" * 150_000, "5 million" + "!" * 300_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:12] for text in HOSTILE])
def test_only_the_beginning_is_read_whatever_comes(text: str) -> None:
    """So the work has an upper bound, whatever the patterns do: each is matched on a window of the beginning."""
    assert affected(text, text) == affected(text[:MAX_TITLE], text[:MAX_CHARS])


@given(st.integers(2, LARGEST - 1), st.sampled_from([",", ".", " ", "\u202f", "’"]))
def test_every_number_is_read_with_the_separators_of_any_country(value: int, separator: str) -> None:
    (found,) = numbers(f"of {value:,} people".replace(",", separator))
    assert found.value == value


@given(st.integers(1, 9_999), st.integers(0, 9_999), st.sampled_from("万萬만"), st.sampled_from("億亿억"))
def test_east_asian_numbers_add_their_parts(high: int, low: int, wan: str, yi: str) -> None:
    told = f"{high}{yi}" + (f"{low}{wan}" if low else "")
    values = [number.value for number in numbers(f"約{told}人")]
    assert values == [value for value in [high * 10**8 + low * 10**4] if value < LARGEST]
