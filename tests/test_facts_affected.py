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
    # Russian
    ("Утекли данные 40 000 клиентов банка.", 40_000, "exact", "customers"),
    ("В сети выложили базу с данными более 1,2 млн пользователей.", 1_200_000, "at least", "users"),
    ("Утечка затронула около 350 тыс. пациентов клиники.", 350_000, "about", "patients"),
    ("Хакеры похитили данные полмиллиона абонентов.", 500_000, "exact", "customers"),
    ("Пострадали более миллиона человек, чьи паспортные данные были украдены.", 1_000_000, "at least", "people"),
    ("Из-за утечки пострадали до 70 тысяч сотрудников.", 70_000, "up to", "employees"),
    ("Продают базу на 2,5 миллиона записей, украденную у магазина.", 2_500_000, "exact", "records"),
    ("Скомпрометированы 40 тысяч учётных записей.", 40_000, "exact", "accounts"),
    ("Число пострадавших от утечки клиентов: 40 000.", 40_000, "exact", "customers"),
    # Polish
    ("Wyciekły dane 40 tys. klientów.", 40_000, "exact", "customers"),
    ("Wyciek danych dotyczy ponad 1,2 mln osób.", 1_200_000, "at least", "people"),
    ("Skradziono dane około 350 tysięcy pacjentów.", 350_000, "about", "patients"),
    ("Hakerzy wykradli dane pół miliona użytkowników.", 500_000, "exact", "users"),
    ("Atak objął nawet 70 000 pracowników, których dane skradziono.", 70_000, "up to", "employees"),
    ("Ujawniono blisko 200 tys. numerów PESEL.", 200_000, "about", "identity numbers"),
    ("Liczba poszkodowanych: 40 000.", 40_000, "exact", "people"),
    # Czech
    ("Unikly údaje 40 tisíc zákazníků.", 40_000, "exact", "customers"),
    ("Hackeři ukradli data více než 1,2 milionu uživatelů.", 1_200_000, "at least", "users"),
    ("Únik osobních údajů se týká asi 350 000 pacientů.", 350_000, "about", "patients"),
    ("Zveřejněny byly údaje až 70 000 zaměstnanců.", 70_000, "up to", "employees"),
    ("Únik zasáhl téměř půl milionu lidí.", 500_000, "about", "people"),
    # Ukrainian
    ("Витік торкнувся 40 тисяч клієнтів.", 40_000, "exact", "customers"),
    ("Хакери викрали дані понад 1,2 млн користувачів.", 1_200_000, "at least", "users"),
    ("Злили дані близько 350 тис. пацієнтів.", 350_000, "about", "patients"),
    ("У мережу потрапили дані майже мільйона громадян.", 1_000_000, "about", "people"),
    # Turkish
    ("40 bin müşterinin verileri sızdırıldı.", 40_000, "exact", "customers"),
    ("1,2 milyondan fazla kullanıcının kişisel verileri çalındı.", 1_200_000, "at least", "users"),
    ("Saldırıda yaklaşık 350.000 hastanın bilgileri ele geçirildi.", 350_000, "about", "patients"),
    ("40.000'den fazla öğrencinin verisi ifşa oldu.", 40_000, "at least", "students"),
    ("Yarım milyon kişinin verileri satışa çıkarıldı.", 500_000, "exact", "people"),
    ("Veri ihlalinden 70 bine yakın çalışan etkilendi.", 70_000, "about", "employees"),
    ("Etkilenen kullanıcı sayısı: 40.000.", 40_000, "exact", "users"),
    # Swedish
    ("Uppgifter om 40 000 kunder har läckt.", 40_000, "exact", "customers"),
    ("Över 1,2 miljoner användare drabbades av läckan.", 1_200_000, "at least", "users"),
    ("Hackare stal data om cirka 350 000 patienter.", 350_000, "about", "patients"),
    ("Upp till 70 000 anställda kan ha drabbats av intrånget.", 70_000, "up to", "employees"),
    ("Över en miljon svenskars personuppgifter har stulits.", 1_000_000, "at least", "people"),
    ("En halv miljon konton läckte ut.", 500_000, "exact", "accounts"),
    # Arabic
    ("تسريب بيانات 40 ألف عميل.", 40_000, "exact", "customers"),
    ("تسربت بيانات أكثر من 1.2 مليون مستخدم.", 1_200_000, "at least", "users"),
    ("سرقة بيانات نحو 350 ألف مريض.", 350_000, "about", "patients"),
    ("طال الاختراق ما يصل إلى 70 ألف موظف.", 70_000, "up to", "employees"),
    ("سرق القراصنة بيانات مليوني مشترك.", 2_000_000, "exact", "customers"),
    ("كشفت بيانات نصف مليون شخص.", 500_000, "exact", "people"),
    ("تسريب سجلات ٤٠ ألف طالب.", 40_000, "exact", "students"),
    ("تضرر من التسريب أكثر من مليون شخص.", 1_000_000, "at least", "people"),
    # Indonesian
    ("Data 40 ribu pelanggan bocor.", 40_000, "exact", "customers"),
    ("Peretas mencuri data lebih dari 1,2 juta pengguna.", 1_200_000, "at least", "users"),
    ("Kebocoran data berdampak pada sekitar 350.000 pasien.", 350_000, "about", "patients"),
    ("Sebanyak 1,3 miliar data kartu SIM bocor dan dijual.", 1_300_000_000, "exact", "cards"),
    ("Hingga 70 ribu karyawan terdampak kebocoran data.", 70_000, "up to", "employees"),
    ("Data setengah juta nasabah bank dijual peretas.", 500_000, "exact", "customers"),
    ("Sejuta data pengguna bocor.", 1_000_000, "exact", "users"),
    # Vietnamese
    ("Rò rỉ dữ liệu 40.000 khách hàng.", 40_000, "exact", "customers"),
    ("Hơn 1,2 triệu người dùng bị lộ thông tin.", 1_200_000, "at least", "users"),
    ("Tin tặc đánh cắp dữ liệu của khoảng 350 nghìn bệnh nhân.", 350_000, "about", "patients"),
    ("Rao bán thông tin cá nhân của nửa triệu người.", 500_000, "exact", "people"),
    ("Vụ rò rỉ ảnh hưởng đến 70.000 nhân viên.", 70_000, "exact", "employees"),
    ("Số khách hàng bị ảnh hưởng: 40.000.", 40_000, "exact", "customers"),
    # behind the noun that it counts
    ("Customers affected: 40,000.", 40_000, "exact", "customers"),
    ("Customers affected: 40,000", 40_000, "exact", "customers"),
    ("Patients whose records were exposed: about 1.2 million", 1_200_000, "about", "patients"),
    ("Number of affected users: 5,400.", 5_400, "exact", "users"),
    ("The number of affected customers stands at more than 40,000.", 40_000, "at least", "customers"),
    ("The number of patients affected rose to 90,000 on Monday.", 90_000, "exact", "patients"),
    ("Affected: 40,000.", 40_000, "exact", "people"),
    ("Betroffene: 40.000", 40_000, "exact", "people"),
    ("Betroffene Kunden: rund 40.000.", 40_000, "about", "customers"),
    ("Anzahl der betroffenen Patienten: 12.500", 12_500, "exact", "patients"),
    ("Die Zahl der betroffenen Kunden liegt bei 40.000.", 40_000, "exact", "customers"),
    ("Personnes concernées : 40 000", 40_000, "exact", "people"),
    ("Le nombre de clients touchés s'élève à 40 000.", 40_000, "exact", "customers"),
    ("Clientes afectados: 40.000", 40_000, "exact", "customers"),
    ("La cifra de afectados asciende a 40.000.", 40_000, "exact", "people"),
    ("Número de afectados: 40.000", 40_000, "exact", "people"),
    ("Clientes afetados: 40.000", 40_000, "exact", "customers"),
    ("Utenti coinvolti: 40.000", 40_000, "exact", "users"),
    ("Getroffen klanten: 40.000", 40_000, "exact", "customers"),
    ("影響を受けた顧客数:40,000", 40_000, "exact", "customers"),
    ("流出件数:40,000件", 40_000, "exact", "records"),
    ("漏えいした可能性のある件数：12,345", 12_345, "exact", "records"),
    ("受影响人数:40,000", 40_000, "exact", "people"),
    ("泄露的用户数:40,000", 40_000, "exact", "users"),
    ("피해 고객 수: 40,000", 40_000, "exact", "customers"),
    ("유출 건수: 4만 건", 40_000, "exact", "records"),
    ("Jumlah korban kebocoran: 40.000", 40_000, "exact", "people"),
    # in several words
    ("El robo de datos afecta a dos millones de clientes.", 2_000_000, "exact", "customers"),
    ("Thirty-two million users had their passwords stolen.", 32_000_000, "exact", "users"),
    ("Treinta y dos millones de usuarios vieron sus datos robados.", 32_000_000, "exact", "users"),
    ("Three hundred million accounts were leaked.", 300_000_000, "exact", "accounts"),
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
    "Банк с 40 000 клиентов сообщил об утечке данных.",
    "Штраф за утечку составил 40 тыс. рублей.",
    "Хакеры требуют 2 млн долларов за украденные данные.",
    "Взлому подверглись 40 тысяч серверов.",
    "Утечка обнаружена в 2023 году.",
    "Акции компании упали на 40 пунктов после утечки данных клиентов.",
    "Сервис, которым пользуются 40 миллионов человек, взломан.",
    "Bank ma 40 tys. klientów i bada wyciek danych.",
    "Kara za wyciek danych klientów: 40 tys. zł.",
    "Po wycieku firma zapłaciła 2 mln złotych kary.",
    "Zaatakowano 40 tysięcy serwerów, na których są dane klientów.",
    "Szpital, który zatrudnia 5 tys. osób, padł ofiarą ataku.",
    "Firma má 40 tisíc zákazníků a vyšetřuje únik dat.",
    "Pokuta za únik dat zákazníků činila 2 miliony korun.",
    "Nemocnice, která zaměstnává 5 tisíc lidí, čelila útoku.",
    "Компанія має 40 тисяч клієнтів і розслідує витік.",
    "Штраф за витік даних: 40 тис. гривень.",
    "40 milyon kullanıcısı olan uygulama hacklendi.",
    "Veri ihlali nedeniyle şirkete 2 milyon lira ceza kesildi.",
    "Toplam 40 bin müşteri hizmet alıyor, dedi saldırıya uğrayan banka.",
    "Saldırıda 40 bin sunucu etkilendi.",
    "Bolaget har 40 000 kunder och utreder dataintrånget.",
    "Företaget bötfälls med 40 000 kronor för läckan av kunders uppgifter.",
    "Attacken varade i 40 000 sekunder.",
    "تغريم الشركة 40 ألف دولار بعد تسريب بيانات العملاء.",
    "تضم الشركة 5 آلاف موظف وتحقق في اختراق.",
    "تسريب 40 ألف وثيقة.",
    "Perusahaan didenda 40 juta rupiah karena kebocoran data pelanggan.",
    "Bank yang memiliki 40 ribu nasabah menyelidiki kebocoran.",
    "Serangan itu mengenai 40 ribu server.",
    "Ngân hàng hiện có 40.000 khách hàng đang điều tra vụ rò rỉ.",
    "Công ty bị phạt 40 triệu đồng vì lộ dữ liệu khách hàng.",
    "Tin tặc đòi 2 triệu đô la sau khi đánh cắp dữ liệu.",
    "Customers: 40,000",
    "Employees: 5,000. The company was breached.",
    "Hotels affected: 1,184.",
    "Affected customers can call: 8005551234.",
    "Customers affected: 40 percent.",
    "Fine for the breach: 40,000.",
    "Customers affected by the breach in: 2019.",
    "Data stolen from customers: 40,000 euros.",
    "Price of the stolen data: 40,000.",
    "The number of employees is 40,000.",
    "The share price fell after the breach to 40,000.",
    "Versions affected: 5,000.",
    "Kunden: 40.000. Das Datenleck wird untersucht.",
    "Bußgeld wegen des Datenlecks: 40.000.",
    "Nombre de clients : 40 000. L'entreprise enquête sur une fuite.",
    "Multa por la filtración: 40.000.",
    "会員数:40,000",
    "サーバー数:40,000台",
    "罰金:40,000ユーロ、情報漏えいで。",
    "Servers affected by the breach: 40,000.",
    "Losses from the hack: 40,000.",
    "Articles read by customers affected by breach: see 40,000.",
    "40,000 data breaches were reported by companies.",
    "Hackers stole data on million-dollar homes.",
    "Users lost money in millions of hacks.",
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


STORIES = [
    (
        "Банк «Восток» подтвердил утечку",
        "Банк «Восток», у которого 5 млн клиентов, подтвердил утечку данных. По словам представителя, "
        "злоумышленники получили доступ к сведениям 84 300 клиентов. В 2022 году регулятор оштрафовал банк "
        "на 60 тыс. рублей.",
        84_300,
    ),
    (
        "Утечка в сети клиник",
        "В открытом доступе оказались медкарты пациентов сети клиник. Речь идет о 17,5 тысячи человек, "
        "сообщили в компании.",
        17_500,
    ),
    (
        "Wyciek w przychodni",
        "Do internetu trafiły wyniki badań. Sprawa dotyczy 50 tys. pacjentów, poinformowała przychodnia. "
        "Prezes UODO może nałożyć karę do 20 mln euro.",
        50_000,
    ),
    (
        "Sklep internetowy zhakowany",
        "Sklep, z którego korzysta 2 mln Polaków, potwierdził atak. Przestępcy uzyskali dostęp do danych 130 "
        "tysięcy kont.",
        130_000,
    ),
    (
        "Hackeři napadli e-shop",
        "Útočníci získali přístup k databázi e-shopu. Podle mluvčího jde o 735 tisíc zákaznických účtů, z "
        "nichž 12 tisíc obsahovalo hesla.",
        735_000,
    ),
    (
        "Únik z nemocnice",
        "Nemocnice, která má 1200 zaměstnanců, oznámila únik. Osobní údaje 8 400 pacientů skončily na darknetu.",
        8_400,
    ),
    (
        "Витік даних оператора",
        "Оператор повідомив, що хакери отримали доступ до даних 2,3 млн абонентів. Сума викупу — 500 тис. доларів.",
        2_300_000,
    ),
    (
        "Дані пацієнтів злили в мережу",
        "Постраждали 12 600 осіб, уточнили у лікарні. Лікарня обслуговує 300 тис. мешканців.",
        12_600,
    ),
    (
        "Yemek uygulamasında veri ihlali",
        "KVKK'ya göre ihlalden 21,5 milyon kullanıcı etkilendi. Şirkete 1,9 milyon lira ceza kesildi.",
        21_500_000,
    ),
    (
        "Hastane verileri çalındı",
        "Saldırganlar 62 bin hastanın kayıtlarını ele geçirdi. 900 çalışanı bulunan hastane polise başvurdu.",
        62_000,
    ),
    (
        "Skola hackad",
        "Personuppgifter om 9 400 elever har publicerats på darknet. Kommunen, som har 40 000 invånare, har "
        "anmält händelsen.",
        9_400,
    ),
    (
        "Dataläcka hos elbolag",
        "Elbolagets leverantör utsattes för en attack i augusti 2025. 1,1 miljoner kunder berörs, uppger bolaget.",
        1_100_000,
    ),
    (
        "اختراق شركة اتصالات",
        "أعلنت شركة الاتصالات، التي تخدم 8 ملايين مشترك، عن اختراق أنظمتها. وقالت إن بيانات 640 ألف مشترك تسربت.",
        640_000,
    ),
    ("تسريب بيانات مستشفى", "نشر القراصنة سجلات 12 ألف مريض بعد رفض المستشفى دفع فدية قدرها 3 ملايين دولار.", 12_000),
    (
        "Data nasabah bank bocor",
        "Bank tersebut mengakui kebocoran data. Sebanyak 15 juta nasabah terdampak, kata juru bicara. "
        "Peretas meminta tebusan 20 juta dolar.",
        15_000_000,
    ),
    (
        "Kebocoran data peserta BPJS",
        "Data 279 juta penduduk dijual di forum peretas seharga 0,15 bitcoin.",
        279_000_000,
    ),
    (
        "Lộ dữ liệu khách hàng",
        "Một hãng hàng không thông báo dữ liệu của 411.000 khách hàng bị đánh cắp. Hãng phục vụ 25 triệu "
        "hành khách mỗi năm.",
        411_000,
    ),
    (
        "Trường đại học bị tấn công",
        "Thông tin của hơn 30 nghìn sinh viên bị rao bán trên mạng với giá 3.500 USD.",
        30_000,
    ),
]


@pytest.mark.parametrize(("title", "text", "value"), STORIES, ids=[row[0] for row in STORIES])
def test_whom_a_story_is_about_is_told_and_not_how_large_the_organisation_is(title: str, text: str, value: int) -> None:
    found = affected(title, text)
    assert found is not None
    assert found["value"] == value


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


SENTENCES = [
    (
        "Утечка затронула {}{} клиентов.",
        "Штраф за утечку данных клиентов составил {}{} рублей.",
        ["более ", "около ", ""],
    ),
    ("Wyciekły dane {}{} klientów.", "Kara za wyciek danych klientów wyniosła {}{} złotych.", ["ponad ", "około ", ""]),
    ("Unikly údaje {}{} zákazníků.", "Pokuta za únik údajů zákazníků činila {}{} korun.", ["více než ", "asi ", ""]),
    ("Витік торкнувся {}{} клієнтів.", "Штраф за витік даних клієнтів: {}{} гривень.", ["понад ", "близько ", ""]),
    (
        "Uppgifter om {}{} kunder har läckt.",
        "Böterna för läckan av kunders uppgifter: {}{} kronor.",
        ["över ", "cirka ", ""],
    ),
    ("تسربت بيانات {}{} عميل.", "تغريم الشركة {}{} دولار بعد تسريب بيانات العملاء.", ["أكثر من ", "نحو ", ""]),
    ("Data {}{} pelanggan bocor.", "Denda atas kebocoran data pelanggan {}{} rupiah.", ["lebih dari ", "sekitar ", ""]),
    ("Rò rỉ dữ liệu {}{} khách hàng.", "Bị phạt {}{} đồng vì lộ dữ liệu khách hàng.", ["hơn ", "khoảng ", ""]),
    (
        "Saldırıda {}{} müşterinin verileri çalındı.",
        "Müşteri verilerinin çalınmasına {}{} lira ceza.",
        ["en az ", "yaklaşık ", ""],
    ),
    ("Customers affected: {}{}.", "Fine for the customers affected: {}{} dollars.", ["more than ", "about ", ""]),
    ("Betroffene Kunden: {}{}", "Bußgeld wegen betroffener Kunden: {}{} Euro", ["mehr als ", "rund ", ""]),
    ("影響を受けた顧客数:{}{}", "影響を受けた顧客への補償額:{}{}円", ["少なくとも", "約", ""]),
]


@given(
    row=st.sampled_from(SENTENCES),
    value=st.integers(1_000, 10**9),
    which=st.integers(0, 2),
    separator=st.sampled_from([",", ".", "\u00a0"]),
)
def test_any_number_of_customers_is_told_and_the_same_of_money_is_not(
    row: tuple[str, str, list[str]], value: int, which: int, separator: str
) -> None:
    told, money, before = row
    number = f"{value:,}".replace(",", separator)
    found = affected(None, told.format(before[which], number))
    assert found is not None
    assert (found["value"], found["unit"]) == (value, "customers")
    assert found["qualifier"] == ("at least", "about", "exact")[which]
    assert affected(None, money.format(before[which], number)) is None


@given(row=st.sampled_from(SENTENCES), year=st.integers(1951, 2049))
def test_a_year_is_no_number_of_customers(row: tuple[str, str, list[str]], year: int) -> None:
    assert affected(None, row[0].format("", year)) is None


@given(st.integers(1, 9_999), st.integers(0, 9_999), st.sampled_from("万萬만"), st.sampled_from("億亿억"))
def test_east_asian_numbers_add_their_parts(high: int, low: int, wan: str, yi: str) -> None:
    told = f"{high}{yi}" + (f"{low}{wan}" if low else "")
    values = [number.value for number in numbers(f"約{told}人")]
    assert values == [value for value in [high * 10**8 + low * 10**4] if value < LARGEST]
