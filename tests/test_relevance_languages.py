"""Languages that no training text is in: the phrases find their stories, and the model leaves them to the phrases.

The stories are invented. The first ones of each language were used to mend its phrases; `docs/quality.md` has what the
phrases found of the later ones before they had been seen. `relevance_stories.tsv` holds more (language, verdict, title
and text), Spanish, French and Japanese ones too.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.relevance import Topic, judge, load_rules, load_topic, worth_fetching

STORIES = [
    (
        "it",
        "Hacker rubano i dati di 300mila pazienti dell'ospedale",
        "L'azienda sanitaria ha confermato l'intrusione: nomi e referti dei pazienti sono sul dark web.",
    ),
    (
        "it",
        "Dati dei clienti online per errore, l'azienda si scusa",
        "Un archivio con nomi e numeri di telefono di 12.000 clienti era accessibile a chiunque senza password.",
    ),
    (
        "it",
        "Garante privacy: multa da 2 milioni alla banca per la violazione dei dati",
        "L'autorità ha sanzionato l'istituto dopo l'accesso abusivo ai conti di 80.000 correntisti.",
    ),
    (
        "it",
        "Attacco informatico al Comune, trafugati documenti riservati",
        "Il gruppo criminale ha diffuso online migliaia di documenti con dati personali dei cittadini.",
    ),
    (
        "it",
        "Rete ferroviaria, sottratti i dati dei passeggeri",
        "La società ha informato il Garante: coinvolti circa 40.000 utenti.",
    ),
    (
        "it",
        "Violazione dei sistemi della Regione, esposte cartelle cliniche",
        "Le informazioni sanitarie di migliaia di assistiti sono finite in rete.",
    ),
    (
        "it",
        "In vendita sul dark web le credenziali dei dipendenti",
        "Il database contiene indirizzi e-mail e password di 5.000 lavoratori.",
    ),
    (
        "nl",
        "Gegevens van 200.000 klanten gestolen bij telecombedrijf",
        "Hackers kregen toegang tot namen, adressen en bankrekeningnummers, meldt het bedrijf.",
    ),
    (
        "nl",
        "Ziekenhuis stuurt patiëntgegevens naar verkeerd adres",
        "Door een fout zijn medische gegevens van 300 patiënten bij onbekenden terechtgekomen.",
    ),
    (
        "nl",
        "Boete voor gemeente na datalek",
        "De Autoriteit Persoonsgegevens legt een boete van 100.000 euro op omdat persoonsgegevens uitlekten.",
    ),
    (
        "nl",
        "Hackers zetten klantgegevens van webwinkel online",
        "De buitgemaakte gegevens worden op een forum te koop aangeboden.",
    ),
    (
        "nl",
        "Datalek bij verzekeraar: adressen van klanten gelekt",
        "De verzekeraar heeft een melding gedaan bij de Autoriteit Persoonsgegevens.",
    ),
    (
        "nl",
        "Criminelen publiceren gestolen bestanden van gemeente",
        "Onder de documenten zitten kopieën van paspoorten van inwoners.",
    ),
    (
        "nl",
        "Persoonsgegevens van studenten maandenlang openbaar",
        "Door een verkeerde instelling konden onbekenden bij namen en cijfers.",
    ),
    (
        "pt",
        "Hackers roubam dados de 2 milhões de clientes de operadora",
        "A empresa confirmou que nomes, CPFs e endereços foram acessados por invasores.",
    ),
    (
        "pt",
        "Falha expõe dados de pacientes de hospital público",
        "Um banco de dados com exames e telefones ficou aberto na internet por semanas.",
    ),
    ("pt", "Vazamento de dados atinge 1 milhão de alunos", "Nomes, notas e telefones circulam em fóruns."),
    (
        "pt",
        "Hospital notifica pacientes após roubo de informações",
        "Criminosos copiaram prontuários médicos durante o ataque.",
    ),
    ("pt", "Dados pessoais de servidores estão à venda na internet", "O arquivo inclui CPF, salário e endereço."),
    (
        "ru",
        "Хакеры выложили в сеть базу клиентов интернет-магазина",
        "В открытом доступе оказались имена, телефоны и адреса 500 тысяч покупателей.",
    ),
    (
        "ru",
        "Персональные данные пациентов клиники попали в открытый доступ",
        "Утечка произошла из-за ошибки подрядчика, сообщили в компании.",
    ),
    ("ru", "Роскомнадзор составил протокол на банк за утечку данных", "Суд оштрафовал компанию на 60 тысяч рублей."),
    ("ru", "Утечка персональных данных сотрудников завода", "Документы с паспортными данными появились на форуме."),
    ("ru", "Взломщики похитили базу данных авиакомпании", "Пострадали 200 тысяч пассажиров."),
    ("ru", "Личные данные учеников оказались в сети", "Департамент образования начал проверку."),
    (
        "ar",
        "قراصنة يسرقون بيانات 300 ألف مريض من مستشفى",
        "قالت إدارة المستشفى إن القراصنة حصلوا على أسماء المرضى وأرقام هواتفهم.",
    ),
    (
        "ar",
        "شركة اتصالات تؤكد تسرب معلومات المشتركين",
        "أكدت الشركة أن بيانات شخصية لمليون مشترك نشرت على الإنترنت.",
    ),
    (
        "ar",
        "غرامة على بنك بعد خرق البيانات",
        "فرضت الهيئة غرامة على البنك لعدم حماية بيانات العملاء التي تم تسريبها.",
    ),
    (
        "ar",
        "بيع بيانات مستخدمين على الإنترنت المظلم",
        "عرض قراصنة قاعدة بيانات تضم معلومات شخصية لملايين المستخدمين للبيع.",
    ),
    ("ar", "تسريب بيانات طلاب الجامعة", "نشر مجهولون قاعدة بيانات تضم أسماء وأرقام هويات."),
    ("ar", "اختراق شركة تأمين وسرقة بيانات العملاء", "أعلنت الشركة أنها أبلغت الجهات المختصة."),
    ("ar", "كشف معلومات شخصية لآلاف الموظفين بالخطأ", "قالت الوزارة إن الملف أزيل من موقعها."),
    ("zh", "黑客窃取医院三十万名患者资料", "医院证实，黑客入侵系统后取得患者姓名、电话和病历，并在暗网兜售。"),
    (
        "zh",
        "銀行誤寄電郵 兩千名客戶個資外流",
        "銀行表示，一名員工將載有客戶姓名及帳號的檔案誤寄給第三方，已向監管機構通報。",
    ),
    ("zh", "快递公司内鬼倒卖客户信息 五人被捕", "警方称，嫌疑人将数十万条公民个人信息出售给他人牟利。"),
    (
        "zh",
        "數據庫未設密碼 逾百萬用戶資料曝光",
        "研究人員發現，該公司一個雲端數據庫可公開存取，當中包括用戶電郵和電話號碼。",
    ),
    ("zh", "航空公司系统遭入侵 旅客信息泄露", "公司称约二十万名旅客的护照号码受影响。"),
    ("zh", "醫院遺失隨身碟 內有病人資料", "院方向私隱專員公署通報並致歉。"),
    ("zh", "社交平台数亿用户数据在论坛出售", "卖家提供了样本，包含手机号与邮箱。"),
    ("ko", "통신사 해킹으로 가입자 100만명 이름·전화번호 유출", "회사는 해커가 고객 정보를 빼갔다며 사과했다."),
    (
        "ko",
        "병원 환자 진료기록 유출…개인정보위 조사 착수",
        "개인정보보호위원회는 환자 3만명의 진료기록이 외부로 유출된 경위를 조사한다고 밝혔다.",
    ),
    ("ko", "개인정보 유출 쇼핑몰에 과징금 5억원", "개인정보위는 안전조치를 소홀히 한 업체에 과징금을 부과했다."),
    ("ko", "직원이 고객 정보 빼돌려 판매", "경찰은 고객 20만명의 정보를 빼돌려 판 혐의로 직원을 구속했다."),
    ("ko", "보험사 고객정보 30만건 유출 확인", "회사는 홈페이지에 사과문을 올리고 당국에 신고했다."),
    ("ko", "대학 서버 해킹…학생 주민등록번호 노출", "교육부가 경위를 조사하고 있다."),
    ("ko", "배달앱 이용자 개인정보 다크웹서 거래", "이름과 주소가 포함된 파일이 올라왔다."),
    (
        "de",
        "Hacker stehlen Daten von 200.000 Patienten",
        "Die Klinik bestätigte, dass Namen, Adressen und Befunde kopiert wurden.",
    ),
    (
        "de",
        "Kundendaten standen ungeschützt im Netz",
        "Eine Datenbank mit Namen und Telefonnummern war wochenlang ohne Passwort abrufbar.",
    ),
    (
        "de",
        "Bußgeld nach Datenpanne bei Versicherung",
        "Die Datenschutzbehörde verhängte 100.000 Euro, weil Gesundheitsdaten an Unbefugte gelangten.",
    ),
    (
        "de",
        "Nach Hackerangriff: Daten der Stadtverwaltung im Darknet",
        "Die Täter haben erbeutete Dokumente mit personenbezogenen Daten von Bürgern veröffentlicht.",
    ),
    ("de", "Datendiebstahl bei Energieversorger", "Betroffen sind Namen und Bankverbindungen von 70.000 Kunden."),
    (
        "de",
        "Patientenakten im Netz: Klinik meldet Panne",
        "Durch einen Konfigurationsfehler waren Befunde abrufbar.",
    ),
    ("de", "Mitarbeiterdaten nach Cyberangriff veröffentlicht", "Die Erpresser stellten Gehaltslisten ins Darknet."),
]

OTHERS = [
    ("it", "Fuga di gas in centro, evacuato un palazzo", "I vigili del fuoco hanno chiuso la perdita."),
    ("it", "Rubati bitcoin per 40 milioni di euro", "L'exchange ha sospeso i prelievi dopo il furto."),
    ("it", "Aggiornamento del browser corregge due vulnerabilità", "La nuova versione è disponibile da oggi."),
    ("it", "Perdita d'acqua allaga la stazione", "La circolazione riprende in serata."),
    ("it", "Istat, pubblicati i dati sull'occupazione", "Il tasso sale al 62 per cento."),
    ("it", "Furto in gioielleria, rubati orologi", "I ladri sono fuggiti in moto."),
    ("nl", "Gaslek in centrum, woningen ontruimd", "De brandweer heeft het lek gedicht."),
    ("nl", "Hackers stelen bitcoins van cryptobeurs", "De beurs heeft opnames stilgelegd."),
    (
        "nl",
        "Update voor browser verhelpt twee lekken",
        "Gebruikers wordt aangeraden de nieuwe versie te installeren.",
    ),
    ("nl", "CBS publiceert nieuwe gegevens over inflatie", "De prijzen stegen met 3 procent."),
    ("nl", "Lek in waterleiding zet straat blank", "Het waterbedrijf herstelt de leiding."),
    ("nl", "Dieven stelen fietsen bij station", "De politie zoekt getuigen."),
    ("pt", "Vazamento de gás fecha escola", "Bombeiros controlaram o vazamento."),
    ("pt", "Vazamento de óleo atinge praia", "A mancha chegou à areia pela manhã."),
    ("pt", "Atualização do navegador corrige duas falhas", "A empresa recomenda instalar a nova versão."),
    ("pt", "IBGE divulga dados do desemprego", "A taxa caiu para 7%."),
    ("pt", "Vazamento de água interdita avenida", "Equipes trabalham no conserto."),
    ("pt", "Ladrões roubam joalheria no shopping", "Ninguém ficou ferido."),
    ("ru", "Утечка газа в жилом доме, жильцов эвакуировали", "Спасатели устранили утечку."),
    ("ru", "Хакеры украли криптовалюту на 40 млн долларов", "Биржа приостановила вывод средств."),
    ("ru", "Вышло обновление браузера", "Оно закрывает две уязвимости."),
    ("ru", "Росстат опубликовал данные об инфляции", "Цены выросли на 0,3 процента."),
    ("ru", "Утечка нефти в реке", "Площадь пятна составила два километра."),
    ("ru", "Украли велосипеды со стоянки", "Полиция ищет свидетелей."),
    ("ar", "تسرب الغاز في مبنى سكني", "أخلت فرق الإطفاء السكان وأوقفت التسرب."),
    ("ar", "سرقة عملات رقمية بقيمة 40 مليون دولار", "أوقفت المنصة عمليات السحب."),
    ("ar", "تحديث للمتصفح يسد ثغرتين", "دعت الشركة المستخدمين إلى التحديث."),
    ("ar", "نشر بيانات التضخم لشهر مايو", "ارتفعت الأسعار بنسبة ثلاثة بالمئة."),
    ("ar", "تسرب مياه يغلق نفقا", "تعمل الفرق على إصلاح الأنبوب."),
    ("ar", "سرقة متجر مجوهرات", "فر اللصوص على دراجة نارية."),
    ("zh", "燃气泄漏致居民楼疏散", "消防人员已关闭阀门，无人受伤。"),
    ("zh", "化工廠氨氣外洩 三人送醫", "消防局表示洩漏已受控制。"),
    ("zh", "交易所比特币被盗 损失四千万美元", "平台已暂停提币。"),
    ("zh", "瀏覽器更新修補兩個漏洞", "用戶應盡快更新。"),
    ("zh", "统计局公布通胀数据", "物价同比上涨百分之二。"),
    ("zh", "水管爆裂 道路積水", "水務署派員搶修。"),
    ("zh", "出售房产信息平台上市", "公司股价上涨。"),
    ("zh", "人才外流問題加劇", "智庫公布調查。"),
    ("ko", "아파트 가스 누출로 주민 대피", "소방당국은 밸브를 잠그고 원인을 조사 중이다."),
    ("ko", "거래소서 비트코인 탈취…피해 500억원", "거래소는 출금을 중단했다."),
    ("ko", "브라우저 업데이트로 취약점 2건 수정", "이용자는 최신 버전을 설치해야 한다."),
    ("ko", "인구 유출 심화…지방 소멸 위기", "청년층 유출이 이어졌다."),
    ("ko", "통계청, 물가 데이터 발표", "소비자물가는 2% 올랐다."),
    ("ko", "기술 유출 혐의로 전 임원 기소", "반도체 공정 기술을 넘긴 혐의다."),
    ("ko", "수도관 파열로 도로 침수", "복구 작업이 진행 중이다."),
    ("de", "Gasleck in Wohnhaus, 40 Menschen in Sicherheit", "Die Feuerwehr dichtete die Leitung ab."),
    ("de", "Hacker erbeuten Bitcoin für 40 Millionen Euro", "Die Börse stoppte Auszahlungen."),
    ("de", "Browser-Update schließt zwei Lücken", "Nutzer sollten die neue Version installieren."),
    ("de", "Statistisches Amt veröffentlicht Daten zur Inflation", "Die Preise stiegen um drei Prozent."),
    ("de", "Wasserrohrbruch: Straße gesperrt", "Die Reparatur dauert zwei Tage."),
    ("de", "Diebe stehlen Fahrräder am Bahnhof", "Die Polizei sucht Zeugen."),
]


MORE = [
    tuple(line.split("\t"))
    for line in Path(__file__).with_name("relevance_stories.tsv").read_text("utf-8").splitlines()
]


@pytest.fixture(scope="module", params=["rules", "rules and model"])
def breach(request: pytest.FixtureRequest) -> Topic:
    return load_rules("breach") if request.param == "rules" else load_topic("breach")


@pytest.mark.parametrize(("language", "title", "text"), STORIES)
def test_a_story_is_found(breach: Topic, language: str, title: str, text: str) -> None:
    assert judge(breach, title, text).verdict == "yes"


@pytest.mark.parametrize(("language", "title", "text"), OTHERS)
def test_news_of_the_same_words_is_not(breach: Topic, language: str, title: str, text: str) -> None:
    assert judge(breach, title, text).verdict == "no"


@pytest.mark.parametrize("language", sorted({row[0] for row in MORE}))
def test_more_stories_get_their_verdict(breach: Topic, language: str) -> None:
    rows = [row for row in MORE if row[0] == language]
    assert [title for _, verdict, title, text in rows if judge(breach, title, text).verdict != verdict] == []


INDIRECT = [
    ("Roban los historiales de una red de clínicas", "Unos desconocidos se llevaron los historiales de los pacientes."),
    ("Copies de cartes d'identité en accès libre", "Les dossiers des locataires étaient lisibles sans mot de passe."),
    ("Comune invia per errore gli Isee di centinaia di famiglie", "La mail aveva in allegato le attestazioni."),
    ("Gemeente stuurde uitkeringsdossiers naar verkeerde adressen", "Inwoners kregen de dossiers van anderen."),
    ("Hospital entrega prontuários a catador de papel", "Os arquivos, com diagnósticos, estavam num depósito."),
    ("ランサムウエアで病院が休診", "身代金を要求されている。"),
    ("医院病历被兜售", "卖家还出售身份证照片。"),
]


@pytest.mark.parametrize(("title", "summary"), INDIRECT)
def test_a_feed_that_tells_of_a_loss_indirectly_has_its_page_fetched(title: str, summary: str) -> None:
    assert worth_fetching(load_rules("breach"), title, summary)


def test_what_the_model_knows_nothing_of_is_decided_at_the_threshold_of_the_rules() -> None:
    topic = load_topic("breach")
    assert topic.model is not None
    assert topic.model.other.log_odds(topic.profile.thresholds.yes, 0.0) == pytest.approx(0.0, abs=0.001)
