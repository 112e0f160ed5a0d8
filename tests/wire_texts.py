"""Made-up news with the traits of real wire stories, for the tests of what is a copy."""

HOSPITAL = """\
A hospital group in the north of the country said on Tuesday that records of 312,000 patients were copied by \
intruders who had been in its network for eleven days before anyone noticed.

Harrow Valley Health, which runs six hospitals and forty clinics, said the intruders took names, dates of birth, \
insurance numbers and, for some 41,000 people, notes on their treatment. Payment cards were not stored on the \
systems concerned, the group said in a notice to patients that it began to mail this week.

The group learned of the intrusion on March 3, when a contractor that looks after its laboratory system found an \
account that none of its staff had opened. The account had been made with the password of a nurse who had left the \
group two years before, said Marian Oyelaran, the group's head of information security.

"We should have closed that account on the day she left, and we did not," Oyelaran told reporters. "That is on us, \
and not on the people whose records we were trusted with."

The hospitals kept treating patients throughout, but the laboratories in Corwen and Ashby worked with paper forms \
for nine days, and about 700 appointments were put off. The group has since asked all of its 9,400 employees to set \
new passwords and has switched on a second factor for everyone who works from home.

The state's data protection commissioner, Tobias Renner, said his office had opened an inquiry into why a former \
employee's password still worked, and whether patients were told in time. State law gives organisations thirty days \
to tell the people concerned; the notice went out after twenty-six.

No group has said that it was behind the intrusion, and the stolen records have not been seen for sale, according to \
Lumen Forge, the company that was hired to look into it. Its analysts found that 84 gigabytes left the network in \
the night to February 27, most of them to a rented server abroad that has since been shut down.

Harrow Valley offers two years of credit monitoring to everyone concerned. Patients can call a line that is open on \
weekdays from eight to six. A lawyer for two patients said on Tuesday evening that they would ask a court to let a \
case against the group go forward on behalf of all of them.
"""

FOLLOW_UP = """\
Two patients of Harrow Valley Health went to court on Friday over the loss of their records, asking a judge in \
Corwen to let their case stand for everybody whose file was taken.

The complaint, thirty-one pages long, says that the group put off buying a tool that would have shown the intruders \
within hours, because it cost as much as one radiologist. It quotes from minutes of the board that a former manager \
handed over. "They weighed our diagnoses against a line of the budget," one of the two, a teacher from Ashby, said \
on the steps of the court. The group declined to speak about minutes of its board, and said it would answer in court \
and nowhere else.

Judge Helena Prior gave the group until the end of May to reply. Lawyers who are not part of the case said that \
courts of the state have let such cases go on only where somebody could show a loss in money, which the complaint \
tries to do with the bills of a dentist that the teacher says she never visited.

""" + "\n\n".join(HOSPITAL.split("\n\n")[1:6])
"""A story of its own in front, the first one's background behind."""

OTHER_REPORT = """\
Personal files of more than three hundred thousand people are in the hands of strangers after a break-in at one of \
the region's largest chains of clinics, it emerged this week.

Harrow Valley Health confirmed what staff had talked about since the beginning of the month: somebody used the \
forgotten login of a nurse to walk through its computers for a week and a half. Doctors in two towns went back to \
pen and paper, and hundreds of people were sent home or given another day.

What makes the case unusual is how little the attackers needed. No flaw in any program was used, said a person who \
has read the first findings. A password that turned up in an older leak was tried, and it worked. The chain says \
that it has now closed some two hundred logins of people who are long gone.

The commissioner who watches over privacy in the state wants to know why that took a burglary. His inquiry may end \
in a fine of up to four percent of what the chain earns in a year. Patients' advocates want more: they ask that \
clinics be made to prove once a year who can open which drawer.
"""
"""The same event as in HOSPITAL, by somebody else."""

SIDEBAR = """\
The harbour town of Felden will build a new ferry terminal on the site of its old fish market, the council decided \
on Monday night after a debate that went on until two in the morning.

The terminal is to cost 46 million and open in four years. It will take the larger electric ferries that the island \
line has ordered, which draw too much water for the present quay. Traders who still rent stalls in the market hall \
will be moved to a building behind the station, the mayor, Ines Falk, said.

Opponents, among them the last three fishing families of the town, said the hall could have been kept as the \
terminal's waiting room. An engineer's report that the council had asked for put the cost of that at six million \
more. The vote was 19 to 14. Work is to begin once the gulls that nest on the roof have left in autumn.
"""

NOTICE = """\
{who} is writing to tell you about an incident that may involve some of your personal information. On {found}, {who} \
learned that an unauthorized party had gained access to certain files on its systems. {who} at once took steps to \
secure the systems and, with the help of outside experts, began to look into what had happened. The inquiry found \
that files holding information of {count} people were copied between {first} and {last}.

The information may have included your name, address, date of birth, Social Security number and account number. \
{who} has no indication that any of it has been misused. Out of caution, {who} offers you {months} months of credit \
monitoring and identity restoration at no cost to you through {vendor}. To enrol, please use the code at the end of \
this letter by {until}.

{who} takes the privacy of your information seriously and regrets any concern that this incident may cause you. If \
you have questions, please call {phone}, Monday to Friday from 9 a.m. to 6 p.m., except on holidays. Sincerely, \
{signed}.
"""

NOTICE_OF_ONE = NOTICE.format(
    who="Calder Federal Credit Union", found="January 14, 2026", count="18,204", first="January 9", last="January 13",
    months="12", vendor="TrustLane", until="June 30, 2026", phone="833-555-0142", signed="Dana Whitlock, President",
)  # fmt: skip
NOTICE_OF_ANOTHER = NOTICE.format(
    who="Brightwater Dental Partners", found="February 2, 2026", count="97,611", first="December 20",
    last="January 30", months="24", vendor="Sentinel Shield", until="August 15, 2026", phone="855-555-0199",
    signed="Omar Haddad, Director",
)  # fmt: skip

JAPANESE = """\
北部で六つの病院を運営する医療法人「青葉会」は十一日、患者約三十一万二千人分の個人情報が外部に流出した可能性があると発表した。\
何者かが今年二月下旬から十一日間にわたり院内のネットワークに侵入し、氏名や生年月日、保険証の番号などを含むファイルを複写していた。\
このうち約四万一千人については診療の記録も含まれていたという。クレジットカードの情報は保存していなかったとしている。

青葉会によると、三月三日に検査システムの保守を請け負う業者が、職員の誰も作成していない利用者登録を見つけて発覚した。\
登録には二年前に退職した看護師のパスワードが使われていた。情報管理の責任者を務める大和田真理子氏は記者会見で\
「退職した日に登録を消すべきだったが、できていなかった。責任は私たちにある」と述べ、陳謝した。

診療は続けられたが、二つの検査室では九日間にわたって紙の伝票で業務を行い、およそ七百件の予約が延期された。\
法人は約九千四百人の全職員にパスワードの変更を求め、在宅で勤務する職員には二段階の認証を導入した。

県の個人情報保護審議会は、退職者のパスワードがなぜ使える状態だったのか、患者への通知が適切な時期に行われたかを調べている。\
調査を依頼された会社の分析では、二月二十七日未明に八十四ギガバイトのデータが海外の貸しサーバーに送られており、\
このサーバーはすでに停止している。流出した情報が売買された形跡は確認されていないという。\
青葉会は対象者全員に二年間の信用情報の監視を無料で提供するとしている。
"""

CHINESE = """\
北方一家经营六所医院的医疗集团“青禾医疗”周二宣布，约三十一万二千名患者的个人资料被入侵者复制，\
入侵者在其网络中停留了十一天才被发现。被取走的文件包括姓名、出生日期和保险号码，其中约四万一千人的诊疗记录也在其中。\
集团表示，相关系统没有保存支付卡信息，并已于本周开始向患者寄出通知。

集团说，三月三日，一家负责维护检验系统的承包商发现了一个没有任何员工开设过的账户。该账户使用的是一名两年前离职的护士的密码。\
集团信息安全负责人欧阳敏对记者说：“我们本应在她离职当天关闭这个账户，但没有做到。责任在我们，不在信任我们的患者。”

各医院的诊疗一直没有中断，但两处检验室连续九天使用纸质表格，约七百个预约被推迟。\
集团已要求全部九千四百名员工更换密码，并为所有在家办公的人员启用双重验证。

省数据保护专员任立新说，他的办公室已展开调查，查明离职员工的密码为何仍然有效，以及患者是否得到及时通知。\
受聘调查的公司分析发现，二月二十七日凌晨有八十四千兆字节的数据离开网络，大部分被送往境外一台租用的服务器，该服务器现已关闭。\
目前没有任何组织声称对此负责，被盗资料也未见出售。集团向所有受影响者提供两年的免费信用监测。
"""

JAPANESE_SHOP = """\
通信販売大手の「みなと商店」は二十日、会員サイトが不正アクセスを受け、最大で五十八万件のクレジットカード情報が流出した恐れがあると発表した。\
決済を代行する会社からの連絡で分かったという。

同社によると、不正アクセスは昨年九月から今年一月まで続き、会員サイトの決済画面が改ざんされていた。\
入力されたカード番号や有効期限、セキュリティーコードが外部のサーバーに送信される仕組みだった。

みなと商店は会員サイトでのカード決済を停止し、警視庁に被害を届け出た。\
カード会社と連携して不正利用の監視を強めており、これまでに約千二百件、総額で八千万円余りの不正利用が確認されている。

調査した専門会社は、決済画面の改ざんに使われたのはサイトの更新を請け負う業者のパスワードだったと結論づけた。\
社長の黒木誠一氏は会見で、業者のパスワード管理を確認していなかったと認め、会員に謝罪した。\
カードの再発行にかかる手数料は同社が負担する。
"""

JAPANESE_UNIVERSITY = """\
国立の「白嶺大学」は七日、教員のメールアカウントが乗っ取られ、学生や受験生ら約一万六千人の氏名、住所、成績などが閲覧された可能性があると明らかにした。

大学の説明では、教員は学会の事務局を名乗るメールに記されたリンクを開き、偽の画面にパスワードを入力した。\
攻撃者はこのアカウントから、成績や入試の資料を保存した共有フォルダーに接続していた。

大学は二段階認証を導入していたが、この教員は海外出張のため一時的に対象から外れていた。\
情報基盤センターが四月二十八日に海外からの接続に気づき、アカウントを停止した。

受験生の保護者からは、公表まで一か月以上かかったことに批判が出ている。\
大学は共有フォルダーへの接続記録を調べ、資料が持ち出されたかどうかの確認を急ぐとともに、全教員の二段階認証を例外なく必須とした。\
学長の三宅恵子氏は「受験生と学生に深くおわびする」との談話を出した。
"""

CHINESE_WATERWORKS = """\
西南地区最大的供水企业“清河水务”周五证实，公司客户服务系统遭到勒索软件攻击，约一百二十万户居民的用水账单和联系电话外泄。\
公司强调，水厂的控制系统与办公网络相互隔离，供水没有受到影响。

攻击者在暗网上公布了其中一部分账单，并要求清河水务在十天之内支付相当于三百万美元的赎金。\
公司总经理何建平在新闻发布会上表示，公司不会支付赎金，已经向公安机关报案。

据公司介绍，攻击者利用了远程办公软件的一个漏洞，这个漏洞在两个月前已有补丁，但客户服务系统没有及时更新。\
网络安全公司的工程师正在恢复客户服务系统，预计下周三可以重新缴费。

市民周女士说，她上周接到自称供水企业工作人员的电话，对方准确报出了她的用水账单。\
公安机关提醒居民，凡是以退还水费为由索要银行账户的电话都是诈骗。\
清河水务承诺为账单外泄的居民开通专门的咨询电话，并聘请第三方对全部办公网络进行安全检查。
"""

CHINESE_TELEPHONE = """\
電信業者「遠星電信」十五日坦承，旗下會員網站因程式設定錯誤，致八十六萬名用戶的姓名、地址與通話紀錄可被任意查詢，時間長達四個月。\
數位發展部已要求業者七日內提出報告。

遠星電信指出，設定錯誤發生在去年十二月的系統改版，當時工程師為了測試關閉了會員網站的身分驗證，改版後卻未重新開啟。\
公司接獲一名大學生通報後，當晚即關閉查詢功能。

消費者保護團體批評，業者在接獲通報後三週才通知用戶，已違反個人資料保護法。\
遠星電信回應，公司需要時間確認受影響的用戶，將發給每名用戶兩百元通話費折抵券。

數位發展部官員說，若業者的報告未能說明身分驗證為何關閉四個月而無人發現，最高可罰一千五百萬元。\
通報的大學生表示，他只是查詢自己的通話紀錄時，發現改變網址中的號碼就能看到其他用戶的地址。
"""

JAPANESE_SIDEBAR = """\
港町の市議会は月曜夜、古い魚市場の跡地に新しいフェリー乗り場を建てることを決めた。建設費は四十六億円で、四年後の開業を目指す。\
島を結ぶ航路の会社が発注した大型の電動フェリーは喫水が深く、いまの岸壁には着けない。市場で店を借りている商人たちは駅裏の建物に移る。\
反対した漁師の家族らは、市場の建物を待合室として残せたはずだと話している。採決は賛成十九、反対十四だった。\
工事は屋根に巣を作るカモメが秋に飛び去ってから始まるという。
"""

CHINESE_SIDEBAR = """\
海港小城的议会周一夜里决定，在旧鱼市的原址上修建新的渡轮码头，辩论一直持续到凌晨两点。码头造价四千六百万，四年后启用。\
海岛航线订购的大型电动渡轮吃水太深，现有岸壁无法停靠。仍在市场里租摊位的商贩将搬到车站后面的楼里。\
反对者说，旧市场大厅本可以保留下来当候船室。表决结果是十九票对十四票。等屋顶上筑巢的海鸥秋天飞走之后，工程就会开始。
"""

STUB = """\
{lead}

You have read your last free article of the month. Subscribe today for one dollar a week and read this story, the \
daily briefing and everything else that our newsroom of two hundred reporters finds out. Already a subscriber? Sign \
in. Students and libraries pay half. You can cancel at any time, and we never give your address to anybody. By \
signing in you accept our terms of use and our privacy notice. Readers like you pay for reporting that nobody else \
does. Questions? Our desk answers every day from seven in the morning to nine in the evening.
"""
