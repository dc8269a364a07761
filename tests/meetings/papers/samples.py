"""Facts of an invented office, with names that are hard to print, for tests and benches."""

# ruff: noqa: E501 - Chinese sentences are kept whole

from __future__ import annotations

import hashlib
import json
import math
import random
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from importlib.resources import files

from meetings.papers.facts import (
    AgendaEntry,
    Attachment,
    BlankPledgeFacts,
    Change,
    Clause,
    Correction,
    Counts,
    Exclusion,
    Leave,
    Person,
    PledgeFacts,
    Point,
    PostChange,
    RecordFacts,
    RollRow,
    Signature,
    Statement,
)
from pledges.personal import MAX_LENGTH

CHINA = timezone(timedelta(hours=8))
HELD = datetime(2026, 3, 5, 9, 0, tzinfo=CHINA)

RARE_NAMES = (
    "龙䶮", "李堃", "王喆", "陈玥", "刘镕基安", "赵昇", "周珺", "吴翀", "郑犇犇", "冯骉",
    "林𬸦", "何𬍛", "高赟", "罗燊", "阿依古丽·买买提", "古丽米热·阿不都热依木江",
    "欧阳予倩", "司马相如风", "买买提·吐尔逊·艾则孜", "张昊", "刘洋", "王昊天",
    "阿卜杜热合曼·买买提伊明江·吐尔逊尼亚孜·阿不都克里木江阿吉",
)  # fmt: skip
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "建国志强秀英丽华文军晓东海燕玉兰春生立新学明慧敏思远一鸣清源守廉正平"
UNITS = (
    "办公室", "组织人事科", "机关纪委", "财务审计科", "政策法规科", "行政审批服务科",
    "综合行政执法大队", "项目建设管理服务中心", "市场监督检查科", "信息技术保障中心",
)  # fmt: skip
POSTS = ("主任", "副主任", "科长", "副科长", "大队长", "二级主任科员", "副主任（主持日常工作）")

POINTS = (
    Point("勤奋学习", (
        Clause("学习党纪党规", "要把学习党章党规党纪作为必修课，原原本本学、逐条逐句学，做到学纪、知纪、明纪、守纪。",
               "我将坚持学习党章党规党纪，每月不少于一次，把纪律要求记在心里、落到行动上。"),
        Clause("学习规章制度", "要熟悉本单位的各项规章制度，按制度办事、按程序办事。",
               "我将熟悉并执行各项规章制度，不变通、不走样。"),
        Clause("学习理论业务", "要坚持理论学习与业务学习相结合，不断提高履职本领。",
               "我将结合岗位学理论、钻业务，不断提高解决实际问题的能力。"),
    ), "全面提升素质"),
    Point("强化担当", (
        Clause("全面从严治党主体责任", "单位主要负责同志要对本单位负总责，班子成员对分管领域负责，履行“一岗双责”。",
               "我将履行“一岗双责”，业务工作与廉政建设一同部署、一同落实。"),
        Clause("严明纪律责任", "要严守政治纪律、组织纪律、廉洁纪律、群众纪律、工作纪律、生活纪律。",
               "我将带头严守六项纪律，发现苗头及时提醒、及时报告。"),
        Clause("改进作风责任", "要锲而不舍落实中央八项规定精神，力戒形式主义、官僚主义。",
               "我将落实中央八项规定精神，轻车简从，不增加基层负担。"),
    ), "履行好岗位职责"),
    Point("严格要求", (
        Clause("走好第一步", "到新的岗位，要从第一件事、第一次拒绝做起，系好廉洁从政的第一粒扣子。",
               "我将守住第一道防线，不收第一份礼，不吃第一顿不该吃的饭。"),
        Clause("把握好自己", "要慎独慎微慎初，不义之财不取，不正之风不染。",
               "我将管好自己的言行，算清政治账、经济账、家庭账。"),
        Clause("净化交友圈", "要构建亲清政商关系，交往有道、公私分明。",
               "我将慎重交友，不与服务管理对象有不正当往来。"),
        Clause("管住细微处", "要从小事小节上约束自己，管好家属和身边工作人员。",
               "我将注重家庭家教家风，管好家属和身边工作人员。"),
    ), "做廉洁自律的表率"),
    Point("加强监督", (
        Clause("正确对待监督", "要把监督看作关心和爱护，习惯在监督下工作和生活。",
               "我将自觉接受组织、群众和舆论的监督，如实报告重大事项。"),
        Clause("主动自我监督", "要经常对照检查，开展批评和自我批评。",
               "我将定期对照本承诺自查，有问题立即改正。"),
        Clause("大胆开展监督", "要敢于监督、善于监督，不当老好人。",
               "我将对分管范围敢抓敢管，对违纪苗头不回避、不护短。"),
    ), "规范使用权力"),
)  # fmt: skip


def hand(seed: int, strokes: int = 9) -> str:
    """A drawn signature: smooth strokes as a pad makes them."""
    draw = random.Random(seed)  # noqa: S311 - a picture, not a secret
    curves = []
    for stroke in range(strokes):
        curves.append(f"M{20 + stroke * 40} {draw.randrange(30, 110)}l")
        bend, slope = draw.uniform(0.2, 0.7), draw.uniform(0, 6)
        for step in range(24):
            across, down = 7 * math.cos(slope + bend * step), 11 * math.sin(slope + bend * step)
            curves.append(f"{round(across) + 1} {round(down)} ")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="440" height="150" viewBox="0 0 440 150">'
        f'<path d="{"".join(curves)}" fill="none" stroke="#1f2329" stroke-width="4" '
        'stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )


def signature(number: int, level: str = "乙", typed: str | None = None) -> Signature:
    digest = hashlib.sha256(f"pledge {number}".encode()).hexdigest()
    return Signature(
        level=level,
        signed_at=HELD + timedelta(minutes=72, seconds=37 * number),
        short_code=f"{digest[:4]} {digest[4:8]}".upper(),
        digest=digest,
        svg=None if typed else hand(number),
        typed=typed,
        how="再次输入密码并键入姓名" if typed else "再次输入密码并手写签名",
    )


def roll_row(number: int, attendance: str = "实到") -> RollRow:
    pick = random.Random(number)  # noqa: S311 - sample data
    if number <= len(RARE_NAMES):
        name = RARE_NAMES[number - 1]
    else:
        given = pick.sample(GIVEN, pick.choice((1, 2, 2, 2)))
        name = pick.choice(SURNAMES) + "".join(given)
    return RollRow(
        number=f"{number:05}",
        name=name,
        unit=UNITS[number % len(UNITS)],
        post=POSTS[pick.randrange(len(POSTS))],
        attendance=attendance,
        gender_mark="女" if number % 3 == 0 else "",
        ethnicity_mark="维吾尔族" if "·" in name else "",
        newly_placed=number % 7 == 0,
        remark={"迟到": "晚5分钟", "请假": "病假"}.get(attendance, ""),
        pledge=None
        if attendance in ("请假", "缺席")
        else signature(number, typed=name if number % 11 == 0 else None),
    )


def attendance_of(number: int) -> str:
    return {13: "请假", 17: "迟到", 26: "请假", 31: "缺席"}.get(number, "实到")


def record_facts(cadres: int = 60) -> RecordFacts:
    """A whole record with ``cadres`` people on the roll."""
    roll = tuple(roll_row(number, attendance_of(number)) for number in range(1, cadres + 1))
    leaves = tuple(row for row in roll if row.attendance == "请假")
    absences = tuple(row for row in roll if row.attendance == "缺席")
    return RecordFacts(
        number="廉谈〔2026〕3号",
        title="2026年春节后新任职干部任前集体廉政谈话",
        kind="任前集体廉政谈话",
        unit="云岭县市场监督管理局",
        basis="《关于李堃等同志职务任免的通知》（云市监党〔2026〕8号）",
        starts_at=HELD,
        ends_at=HELD + timedelta(minutes=100),
        place="局机关三楼会议室",
        chair=Person("周守正", None, "局党组成员、副局长"),
        speaker=Person("沈清源", None, "局党组书记、局长"),
        recorder=Person("许立新", None, "办公室副主任"),
        counts=Counts(
            called=cadres,
            present=cadres - len(leaves) - len(absences),
            on_leave=len(leaves),
            absent=len(absences),
            excluded=1,
            observing=2,
            late=1 if cadres >= 17 else 0,
        ),
        made_at=HELD + timedelta(days=1, hours=2),
        made_by="许立新",
        observers=(
            Person("韩一鸣", "县纪委监委", "第三纪检监察室副主任"),
            Person("秦慧敏", "县委组织部", "干部监督科科长"),
        ),
        leaves=tuple(Leave(row.name, "因公出差", "沈清源", row.unit) for row in leaves),
        absences=tuple(Leave(row.name, None, None, row.unit) for row in absences),
        exclusions=(Exclusion("孔文军", "借调县政府办公室"),),
        agenda=(
            AgendaEntry("主持开场", "", 5, "周守正同志主持会议，说明会议的目的、议程和纪律要求。"),
            AgendaEntry("宣读任职文件", "云市监党〔2026〕8号", 10, "机关纪委负责同志宣读任免通知。"),
            AgendaEntry("学习党规", "《中国共产党纪律处分条例》有关条款", 20,
                        "领学违反廉洁纪律行为的处分规定，结合近年通报的典型案例逐条讲解。"),
            AgendaEntry("领导集体廉政谈话", "", 45, "沈清源同志围绕勤奋学习、强化担当、严格要求、加强监督四个方面作集体廉政谈话。\n"
                        "谈话指出，岗位变了，责任更重了，手中的权力是人民赋予的，只能用来为人民服务。"),
            AgendaEntry("签订承诺书", "", 10),
        ),
        post_changes=(
            PostChange("李堃", "行政审批服务科副科长", "行政审批服务科科长", "云市监党〔2026〕8号"),
            PostChange("阿依古丽·买买提", "办公室二级主任科员", "综合行政执法大队副大队长", "云市监党〔2026〕8号"),
            PostChange("林𬸦", None, "信息技术保障中心主任", None),
        ),
        study_list=("《中国共产党章程》", "《中国共产党廉洁自律准则》", "《中国共产党纪律处分条例》"),
        points=POINTS,
        statements=(
            Statement("李堃", "感谢组织信任。到新岗位后，将严格执行审批时限和公开制度，不在审批中设“门槛”，请同志们监督。",
                      None, "行政审批服务科科长"),
            Statement("阿依古丽·买买提", "执法一线诱惑多，我将带好队伍，坚持两人以上执法、全过程记录。", None, "综合行政执法大队副大队长"),
        ),
        roll=roll,
        attachments=(
            Attachment("会议通知", "notice.pdf", "0" * 64),
            Attachment("签到册扫描件", "sign-in.pdf", "1" * 64),
        ),
        retention="30年",
        archive_number="YL-SJ-2026-30-0017",
        outline_title="廉政谈话提纲（第1版）",
    )  # fmt: skip


# What a speaker may say: rare names, figures, Latin words, quotations, dashes, percentages.
SENTENCES = (
    "同志们，今天的集体廉政谈话，既是一次提醒，也是一次嘱托。", "党的十八大以来，中央八项规定“小切口”推动了作风“大变局”。",
    "要把“严”的基调、“严”的措施、“严”的氛围长期坚持下去，做到真管真严、敢管敢严、长管长严。",
    "2025年全县共受理群众来信1,286件，办结1,241件，办结率96.5%，比2024年提高3.2个百分点。",
    "林𬸦、龙䶮、何𬍛、王喆、周珺等同志刚到新的岗位，阿依古丽·买买提、古丽米热·阿不都热依木江同志也有了新的分工。",
    "有的人信奉“礼尚往来”——今天收一张卡，明天打一个招呼……久而久之，“小意思”就成了“大问题”。",
    "《中国共产党纪律处分条例》第九十七条、《中国共产党廉洁自律准则》第五条讲得很清楚。",
    "采购系统（V2.3.1）已与财政“e-Pay”平台对接，凡在USB key之外审批的，一律退回。",
    "什么钱能拿？什么饭能吃？什么事能办？心里都要有一本账！",
    "权力是人民赋予的，只能用来为人民服务，不能用来为自己、为家人、为“圈子”谋利。",
    "项目建设、资金拨付、行政审批、执法检查、选人用人，这五个方面是本单位廉政风险最集中的地方。",
    "第一，要守住底线；第二，要管住小节；第三，要看住身边人（包括配偶、子女及其配偶、司机和秘书）。",
    "请各科室于2026年3月31日17:30前，把风险点排查表（一式3份）报机关纪委，联系电话0871-6500123。",
    "守正、持重、慎独。", "大家要记住：公生明，廉生威。",
)  # fmt: skip
# 28 characters, the widest and tallest of the face at the edges, rare ones from the second font.
EVEN_LINE = "衢饵肆簿国𬸦圈围图䶮囿圃囚四回因园困固国喆国圆圈蒂悚算饵"
EVEN_TEXT = "国" * 26 + EVEN_LINE * 80


def spoken(characters: int, seed: int) -> str:
    """About so many characters of a speech, in paragraphs of all lengths."""
    draw = random.Random(seed)  # noqa: S311 - sample data
    said: list[str] = []
    while sum(map(len, said)) < characters:
        said.append("".join(draw.choices(SENTENCES, k=draw.randrange(1, 14))))
    return "\n".join(said)


def long_record_facts(cadres: int = 1100) -> RecordFacts:
    """A record of about 180 pages: two hours of speech, forty statements, all signature levels."""
    facts = record_facts(cadres)
    marks = [lambda signed: signed, on_paper, lambda signed: replace(signed, disowned=True)]
    roll = tuple(
        replace(row, pledge=marks[number % 3](row.pledge)) if number % 9 < 3 and row.pledge else row
        for number, row in enumerate(facts.roll)
    )
    some = facts.roll[:60]
    return replace(
        facts,
        roll=roll,
        leaves=tuple(Leave(row.name, "下乡处置突发情况", "沈清源", row.unit) for row in some),
        observers=tuple(Person(row.name, "县纪委监委", row.post) for row in some[:15]),
        agenda=(
            *(AgendaEntry(f"第{number}项议程没有记录") for number in range(1, 31)),
            *(AgendaEntry("传达通报", notes="通报已印发。" * number) for number in range(1, 41)),
            AgendaEntry("领导集体廉政谈话", "", 120, spoken(28_000, seed=7)),
            AgendaEntry("主持人总结", notes=EVEN_TEXT),
        ),
        post_changes=tuple(
            PostChange(
                row.name,
                f"{row.unit}{row.post}兼项目建设管理服务中心副主任、机关党委委员（主持日常工作）",
                "综合行政执法大队副大队长",
            )
            for row in some
        ),
        statements=tuple(
            Statement(row.name, spoken(300, seed=number), row.unit, row.post)
            for number, row in enumerate(some[:40])
        ),
        attachments=tuple(
            Attachment(f"集体廉政谈话第{number}组学习讨论情况报告及会议照片、签到册扫描件汇编", f"{number}.pdf")
            for number in range(1, 13)
        ),
    )  # fmt: skip


def on_paper(signed: Signature, signed_on: str | None = "2026-03-06") -> Signature:
    """The same signature, made on paper."""
    how = "纸面签署，周守正见证，许立新录入"
    return replace(
        signed, level="丙", signed_at=None, signed_on=signed_on, svg=None, typed=None, how=how
    )


def levels_facts() -> RecordFacts:
    """A record with each level, a paper without a date, and a signature that was disowned."""
    facts = record_facts(12)
    made = [
        lambda signed: replace(signed, level="甲", how="本人密钥签署并手写签名"),
        on_paper,
        lambda signed: on_paper(signed, None),
        lambda signed: replace(signed, disowned=True, how=f"{signed.how}（本人否认）"),
    ]
    rows = []
    for row in facts.roll:
        change = made.pop(0) if row.pledge and made else None
        rows.append(replace(row, pledge=change(row.pledge)) if change else row)
    return replace(facts, roll=tuple(rows))


def correction_facts(cadres: int = 20) -> RecordFacts:
    return replace(
        record_facts(cadres),
        correction=Correction(
            revision=2,
            reason="会后核实，吴翀同志因车辆故障晚到5分钟，原记录误记为准时到会。",
            changes=(
                Change("吴翀的出席情况", "实到", "迟到（晚5分钟）"),
                Change("会议地点", None, "局机关三楼会议室"),
            ),
        ),
    )


def minimal_record_facts() -> RecordFacts:
    """Only what a record cannot do without."""
    return RecordFacts(
        number="廉谈〔2026〕4号",
        title="集体廉政谈话",
        kind="集体廉政谈话",
        unit="云岭县教育局",
        basis=None,
        starts_at=None,
        ends_at=None,
        place=None,
        chair=None,
        speaker=None,
        recorder=None,
        counts=Counts(called=0, present=0, on_leave=0, absent=0),
        made_at=HELD,
        made_by="系统",
    )


def pledge_facts(
    personal: str = "本人分管行政审批，承诺不私下接触申请人，不越权打招呼。",
) -> PledgeFacts:
    return PledgeFacts(
        title="廉政承诺书",
        opening="为落实全面从严治党要求，自觉接受监督，在集体廉政谈话后，我郑重承诺：",
        occasion="廉谈〔2026〕3号 2026年春节后新任职干部任前集体廉政谈话 2026年3月5日",
        signer=Person("林𬸦", "云岭县市场监督管理局", "信息技术保障中心主任"),
        points=POINTS,
        closing="以上承诺，请组织和同志们监督。如有违反，愿意接受组织处理。",
        signature=signature(11),
        personal_commitment=personal,
        level_meaning="证明签署时使用了本人账号，以系统服务器可信为前提",
        verify_url="https://liantan.example.cn/verify/3F2A91BC",
    )


def blank_pledge_facts(personal: str = "", name: str = "林𬸦") -> BlankPledgeFacts:
    signed = pledge_facts(personal)
    form_digest = hashlib.sha256(name.encode()).hexdigest()
    return BlankPledgeFacts(
        title=signed.title,
        opening=signed.opening,
        occasion=signed.occasion,
        signer=replace(signed.signer, name=name),
        points=POINTS,
        closing=signed.closing,
        code=f"{form_digest[:4]} {form_digest[4:8]}".upper(),
        form_digest=form_digest,
        verify_url=f"https://liantan.example.cn/pledges/check/{form_digest}/",
        printed_at=HELD + timedelta(hours=3),
        personal_commitment=personal,
    )


def as_long_as_can_be(facts):
    """The pledge with the built-in outline and the longest texts that the database takes."""
    outline = json.loads((files("pledges.outlines") / "v1.json").read_text(encoding="utf-8"))
    points = tuple(
        Point(point["heading"], tuple(Clause(**clause) for clause in point["clauses"]))
        for point in outline["points"]
    )
    return replace(
        facts,
        opening=outline["pledge_opening"],
        closing=outline["pledge_closing"],
        points=points,
        signer=Person("阿" * 60, "云" * 100, "长" * 100),
        personal_commitment="\n".join("廉" * (MAX_LENGTH // 2)),
    )
