"""What the automated checks of a package look at, under the four heads of DA/T 70-2018.

Papers and packages are Chinese whatever language the page around them is read in. What a program
cannot find out by itself is listed with its reason, and is never said to have passed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

PASSED, FAILED, UNCHECKED = "通过", "未通过", "未检测"
HEADS = ("真实性", "完整性", "可用性", "安全性")

# Code, head, what is checked. The heads' order, and within them DA/T 70's: source, metadata,
# content, the two together, the package.
ITEMS = {
    code: (head, item)
    for code, head, item in (
        line.split(" | ")
        for line in """
seal | 真实性 | 谈话记录的电子印章、签署数据、账本证明（pledges/verify.py，用包内根证书）
older | 真实性 | 更正以前各修订版的电子印章和证据
own_root | 真实性 | 谈话记录的电子印章（用核验人另行取得的根证书）
trial | 真实性 | 电子印章属于立档单位
revocation | 真实性 | 印章证书未被吊销
described | 真实性 | 元数据与盖章记录所载一致（题名、编号、日期、责任者、人数、保管期限）
attachments | 真实性 | 附件与盖章记录所载摘要一致
added | 真实性 | 盖章记录未列的附件
pledges | 真实性 | 承诺书的份数、次序和摘要与盖章记录一致
scans | 真实性 | 纸面承诺书扫描件与盖章记录内签署数据的摘要一致
pages | 真实性 | 页面文字与数据逐字一致
files | 完整性 | 元数据所列文件齐全，大小和 SHA-256 相符，此外无其他文件
parts | 完整性 | 应有的组成部分齐全，谈话记录的修订号连续
metadata | 完整性 | 元数据的 XML 与 JSON 内容相同
number | 完整性 | 档号已编
latest | 完整性 | 打包以后没有新的更正记录
offline | 完整性 | 未录入系统的纸质材料
open | 可用性 | 本系统生成的 PDF 能打开，未加密，页数完整
pdfa | 可用性 | 本系统生成的 PDF 自身声明为 PDF/A-3a
validation | 可用性 | PDF/A 由独立的检验程序检验
foreign | 可用性 | 附件和扫描件中的 PDF、图片能打开，未加密
formats | 可用性 | 其他格式的附件适合长期保存
ofd | 可用性 | OFD 版式文件（GB/T 33190）
places | 安全性 | 包内无符号链接、特殊文件和不规范的文件名
verifier | 安全性 | 包内的核验程序与核验人自己的相同
malware | 安全性 | 病毒和恶意代码
medium | 安全性 | 存储载体
process | 安全性 | 归档、移交过程和访问控制
""".strip().splitlines()
    )
}

# What no program here can find out, and why.
NEVER_CHECKED = {
    "revocation": "核验不联网，未查询证书吊销状态。",
    "pages": "核对的是内嵌数据和文件摘要；页面文字未与数据逐字比对，请人工抽查。",
    "latest": "离线核验无从得知，请向立档单位查询。",
    "offline": "系统不掌握未录入的纸质材料，请归档人员清点。",
    "validation": "核验程序不带独立的 PDF/A 检验工具；如有要求，请另用专门工具检验。",
    "ofd": "本系统不生成 OFD；接收单位要求的，另行转换并核对。",
    "malware": "本系统不带病毒检测；请在移交、接收时用专门软件检测，包括附件中的宏。",
    "medium": "载体的外观、读取和保存条件须由人工检查。",
    "process": "本包未加密，内有个人信息；归档过程和访问控制由保管单位负责。",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check: `result` is PASSED, FAILED or UNCHECKED; `note` says why."""

    code: str
    result: str
    note: str = ""

    @property
    def head(self) -> str:
        return ITEMS[self.code][0]

    @property
    def item(self) -> str:
        return ITEMS[self.code][1]

    def to_json(self) -> dict[str, Any]:
        """The finding as plain JSON."""
        return {
            "head": self.head,
            "code": self.code,
            "item": self.item,
            "result": self.result,
            "note": self.note,
        }


def passed(code: str, note: str = "") -> Finding:
    return Finding(code, PASSED, note)


def failed(code: str, note: str) -> Finding:
    return Finding(code, FAILED, note)


def unchecked(code: str, note: str) -> Finding:
    return Finding(code, UNCHECKED, note)


def judged(code: str, faults: Iterable[str], note: str = "") -> Finding:
    """Failed with its faults, the first few in words; passed, with `note`, where there are none."""
    found = list(faults)
    if not found:
        return passed(code, note)
    more = f" 等 {len(found)} 处" if len(found) > 5 else ""
    return failed(code, "；".join(found[:5]) + more)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The findings with those that no program can make, in the order of the four heads."""
    by_code = {finding.code: finding for finding in findings}
    by_code |= {code: unchecked(code, why) for code, why in NEVER_CHECKED.items()}
    return [by_code[code] for code in ITEMS if code in by_code]
