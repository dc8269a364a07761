"""The checks of what is in a package: records against roots, metadata and files against records.

The newest record is sealed; what its sealed facts and evidence name (title and counts, the digests
of pledges, attachments and scans) is held against the files, so that rewriting the package's own
lists does not help.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pledges import verify

from . import layout
from .describing import Json, describe_facts, differs
from .findings import Finding, failed, in_order, judged, passed, unchecked
from .layout import Package
from .pdfs import PDFA_3A, claimed_pdfa, count_pages, open_pdf, told_digest

PDF_TYPE = "application/pdf"
PICTURES = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
# The parts that every package has, by their kind in the metadata.
PARTS = (layout.RECORD, layout.NOTICE, layout.OUTLINE, layout.SHEET, layout.BOOK)
MATERIAL = (layout.ROOT_CERTIFICATE, layout.LEDGER_KEY, layout.VERIFIER)


@dataclass(frozen=True)
class Roots:
    """Certificates known from elsewhere, in PEM or DER: for the seal, and for time stamps."""

    seal: tuple[bytes, ...]
    stamps: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Contents:
    """A package with its metadata, and the files that the metadata lists."""

    package: Package
    metadata: Json
    listed: tuple[Json, ...]

    @classmethod
    def of(cls, package: Package) -> Contents:
        """Raises ValueError where the metadata cannot be read or are of another form."""
        data = package.read(layout.METADATA_JSON, layout.MOST_TEXT)
        try:
            metadata = verify.strict_json(data)
        except verify.EvidenceError as error:
            raise ValueError(f"metadata.json：{error.zh}") from error
        listed = metadata.get("文件") if isinstance(metadata, dict) else None
        if not isinstance(listed, list) or not all(map(_is_listing, listed)):
            raise ValueError("metadata.json 没有合格的文件清单")
        return cls(package, metadata, tuple(listed))

    def of_kind(self, *kinds: str) -> list[Json]:
        """The listed files of some kinds, in the metadata's order."""
        return [file for file in self.listed if file["文件类别"] in kinds]

    def records(self) -> list[Json]:
        """The record and its corrections, the newest last."""
        return self.of_kind(layout.RECORD, layout.CORRECTION)


def _is_listing(file: object) -> bool:
    texts = ("计算机文件名", "文件类别", "格式信息", "摘要值", "题名")
    return (
        isinstance(file, dict)
        and all(isinstance(file.get(name), str) for name in texts)
        and isinstance(file.get("计算机文件大小"), int)
    )


def examine(package: Package, own: Roots | None = None) -> list[Finding]:
    """All that a program can find out of a package's content, under the four heads.

    `own` are roots that the package did not bring along. Never raises for anything in the package.
    """
    findings = [judged("places", package.faults)]
    try:
        contents = Contents.of(package)
    except (ValueError, OSError) as error:
        return in_order([*findings, failed("metadata", _said(error))])
    for check in (_files, _parts, _metadata, _number, _pdfs, _foreign, _verifier):
        findings += _guarded(check, contents)
    findings += _sealed(contents, own)
    return in_order(findings)


def _guarded(check: Any, contents: Contents) -> list[Finding]:
    """A check's findings; whatever it raises is a fault of the package's form."""
    try:
        return list(check(contents))
    except Exception as error:  # a hostile package may raise anything, and nothing of it passes
        return [failed("files", f"元数据或文件无法读懂（{_said(error)}）")]


def _said(error: BaseException) -> str:
    return str(error)[:200] if isinstance(error, ValueError) else type(error).__name__


# Completeness ----------------------------------------------------------------------------------


def _files(contents: Contents) -> Iterator[Finding]:
    seen = contents.package.files
    names = [file["计算机文件名"] for file in contents.listed]
    faults = [f"{name} 列了不止一次" for name in sorted({n for n in names if names.count(n) > 1})]
    faults += [f"缺 {name}" for name in names if name not in seen]
    besides = seen.keys() - set(names) - layout.ENVELOPE
    faults += [f"多出 {name}" for name in sorted(besides)]
    for file in contents.listed:
        found = seen.get(file["计算机文件名"])
        if found and (found.size, found.sha256) != (file["计算机文件大小"], file["摘要值"]):
            faults.append(f"{file['计算机文件名']} 与元数据所列大小或摘要不符")
    yield judged("files", faults, f"共 {len(names)} 个文件")


def _parts(contents: Contents) -> Iterator[Finding]:
    faults = [f"缺{kind}" for kind in PARTS if not contents.of_kind(kind)]
    names = {file["计算机文件名"] for file in contents.of_kind(layout.EVIDENCE)}
    faults += [f"缺 {name}" for name in MATERIAL if name not in names]
    revisions = [file.get("修订号") for file in contents.records()]
    if revisions != list(range(1, len(revisions) + 1)):
        faults.append("谈话记录的修订号不连续")
    yield judged("parts", faults, f"谈话记录共 {len(revisions)} 版")


def _metadata(contents: Contents) -> Iterator[Finding]:
    xml = contents.package.read(layout.METADATA_XML, layout.MOST_TEXT)
    fault = differs(contents.metadata, xml)
    yield judged("metadata", [fault] if fault else [])


def _number(contents: Contents) -> Iterator[Finding]:
    number = contents.metadata.get("档号")
    if isinstance(number, str) and number:
        yield passed("number", number)
    else:
        yield unchecked(
            "number", "打包时尚未编制档号；档号由归档单位编定后，须重新打包或另行著录。"
        )


# Usability -------------------------------------------------------------------------------------


def _pdfs(contents: Contents) -> Iterator[Finding]:
    names = [file["计算机文件名"] for file in contents.of_kind(*layout.MADE_HERE)]
    if layout.REPORT_PDF in contents.package.files:
        names.append(layout.REPORT_PDF)
    unread, unclaimed, pages = [], [], 0
    for name in names:
        try:
            reader = open_pdf(contents.package.read(name))
            pages += count_pages(reader)
        except Exception as error:  # whatever a broken or hostile PDF makes the reader raise
            unread.append(f"{name} 打不开（{_said(error)}）")
            continue
        if claimed_pdfa(reader) != PDFA_3A:
            unclaimed.append(name)
    yield judged("open", unread, f"{len(names)} 个 PDF，共 {pages} 页")
    yield judged("pdfa", [*unread, *unclaimed], f"{len(names)} 个 PDF")


def _foreign(contents: Contents) -> Iterator[Finding]:
    """What people put in, kept as it came: nothing here was set by this system."""
    faults, others, known = [], [], 0
    for file in contents.of_kind(layout.ATTACHMENT, layout.SCAN):
        name, media_type = file["计算机文件名"], file["格式信息"]
        if media_type != PDF_TYPE and media_type not in PICTURES:
            others.append(file["题名"])
            continue
        known += 1
        try:
            data = contents.package.read(name)
            if media_type == PDF_TYPE:
                count_pages(open_pdf(data))
            elif not data.startswith(PICTURES[media_type]):
                raise ValueError("内容不是所称格式")
        except Exception as error:  # whatever a broken or hostile PDF makes the reader raise
            faults.append(f"{name} 打不开（{_said(error)}）")
    if known:
        note = f"{known} 个；图片只核对了格式标识，未显示"
        yield judged("foreign", faults, note)
    if others:
        yield unchecked("formats", f"原样保存，未转换，未打开：{'、'.join(others[:5])}"[:300])


def _verifier(contents: Contents) -> Iterator[Finding]:
    if contents.package.read(layout.VERIFIER, 2**24) == Path(verify.__file__).read_bytes():
        yield passed("verifier")
    else:
        note = "两者不同，可能只是版本不同；包内程序没有运行，来历不明的请勿运行。"
        yield unchecked("verifier", note)


# Authenticity ----------------------------------------------------------------------------------


def _sealed(contents: Contents, own: Roots | None) -> list[Finding]:
    """What holds of the records, and of all that the newest one's evidence names."""
    records = contents.records()
    if not records:
        return [failed("seal", "没有谈话记录")]
    newest = records[-1]
    try:
        trust = _package_trust(contents.package)
        own_trust = _own_trust(contents.package, own) if own else None
        data = contents.package.read(newest["计算机文件名"])
    except (ValueError, OSError, verify.EvidenceError) as error:
        return [failed("seal", f"核验材料或谈话记录读不出（{_said(error)}）")]
    report, evidence = _verified(data, trust)
    findings = [judged("seal", _wrong(report), _seal_note(report))]
    findings += _older(contents, records[:-1], trust)
    if own_trust is not None:
        sealed = [file for file in records if file is newest or file.get("盖章") == "是"]
        findings.append(judged("own_root", list(_under(contents, sealed, own_trust))))
    else:
        note = "根证书出自本包自身；另行取得根证书后，用 --root 再核验一次。"
        findings.append(unchecked("own_root", note))
    if not report.good or evidence is None:
        return findings
    if report.summary["seal"]["trial"]:
        findings.append(unchecked("trial", "试用印章，没有法律效力，不证明是哪个单位所为。"))
    for check in (_described, _attachments, _pledges, _scans):
        try:
            findings += check(contents, evidence)
        except Exception as error:  # metadata of another form
            findings.append(failed("described", f"元数据无法读懂（{_said(error)}）"))
    return findings


def _verified(data: bytes, trust: verify.Trust) -> tuple[verify.Report, verify.Evidence | None]:
    with verify.quiet():
        return verify.examine_record(data, trust)


def _wrong(report: verify.Report) -> list[str]:
    faults = [check.zh for check in report.checks if not check.ok]
    return faults if faults or report.good else ["核验没有做完"]


def _seal_note(report: verify.Report) -> str:
    if not report.good:
        return ""
    seal = report.summary["seal"]
    stamp = "有第三方时间戳" if seal["stamped"] else "盖章时间由服务器自己写明，无第三方时间戳"
    return f"PAdES {seal['level']}，{stamp}"


def _package_trust(package: Package) -> verify.Trust:
    """What the package itself brings along. Raises ValueError, OSError, EvidenceError."""
    roots = verify.certificates([package.read(layout.ROOT_CERTIFICATE, 2**20)])
    stamps = [package.read(layout.TSA_ROOTS, 2**20)] if layout.TSA_ROOTS in package.files else []
    text = package.read(layout.LEDGER_KEY, 4096).decode("ascii").strip()
    key = verify.unbase64(text)
    if not roots or len(key) != 32:
        raise ValueError("根证书或账本公钥不合格式")
    return verify.Trust(roots, verify.certificates(stamps), key)


def _own_trust(package: Package, own: Roots) -> verify.Trust:
    inside = _package_trust(package)
    stamps = verify.certificates(own.stamps) if own.stamps else inside.tsa_roots
    return verify.Trust(verify.certificates(own.seal), stamps, inside.ledger_key)


def _under(contents: Contents, records: Sequence[Json], trust: verify.Trust) -> Iterator[str]:
    """What is wrong with some records under the roots of `trust`, record by record."""
    for file in records:
        name = file["计算机文件名"]
        try:
            report, evidence = _verified(contents.package.read(name), trust)
        except (ValueError, OSError) as error:
            yield f"{name}：{_said(error)}"
            continue
        faults = _wrong(report)
        if not faults and evidence is not None:
            told = evidence.policy["record"]
            if told["revision"] != file.get("修订号") or told["number"] != _told_number(contents):
                faults = ["是另一份记录"]
        yield from (f"{name}：{fault}" for fault in faults)


def _told_number(contents: Contents) -> object:
    described = contents.metadata.get("内容描述")
    return described.get("文件编号") if isinstance(described, dict) else None


def _older(contents: Contents, older: Sequence[Json], trust: verify.Trust) -> Iterator[Finding]:
    sealed = [file for file in older if file.get("盖章") == "是"]
    faults = list(_under(contents, sealed, trust))
    if faults or (older and len(sealed) == len(older)):
        yield judged("older", faults, f"{len(sealed)} 份")
    elif older:
        names = "、".join(file["计算机文件名"] for file in older if file not in sealed)
        yield unchecked("older", f"形成时没有盖章，无从核验：{names}")


def _described(contents: Contents, evidence: verify.Evidence) -> Iterator[Finding]:
    faults = []
    for name, expected in describe_facts(evidence.facts).items():
        if _plain(contents.metadata.get(name)) != _plain(expected):
            faults.append(f"“{name}”与盖章记录不一致")
    newest = contents.records()[-1]
    if newest.get("修订号") != evidence.policy["record"]["revision"]:
        faults.append("修订号与盖章记录不一致")
    yield judged("described", faults)


def _plain(value: object) -> str:
    """JSON that tells 1 from true, whatever the order of keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _attachments(contents: Contents, evidence: verify.Evidence) -> Iterator[Finding]:
    told = {item["digest"]: item["file_name"] for item in evidence.facts["attachments"]}
    kept = {file["摘要值"]: file for file in contents.of_kind(layout.ATTACHMENT)}
    seen = {found.sha256 for found in contents.package.files.values()}
    faults = [f"缺附件 {told[digest]}" for digest in told if digest not in kept.keys() & seen]
    if told or faults:
        yield judged("attachments", faults, f"{len(told)} 个")
    added = [kept[digest]["题名"] for digest in kept if digest not in told]
    if added:
        names = "、".join(added[:5])
        yield unchecked("added", f"记录形成以后补充，不在印章之下：{names}"[:300])


def _pledges(contents: Contents, evidence: verify.Evidence) -> Iterator[Finding]:
    files = contents.of_kind(layout.PLEDGE)
    signed = [assertion["digest"] for assertion in evidence.assertions]
    faults = []
    if [file.get("承诺书摘要") for file in files] != signed:
        faults.append("元数据所列承诺书与盖章记录内的签署不同")
    for file in files:
        name = file["计算机文件名"]
        # A file that is missing or broken is named where that is looked at.
        with suppress(Exception):
            if told_digest(open_pdf(contents.package.read(name))) != file.get("承诺书摘要"):
                faults.append(f"{name} 不是这份摘要的承诺书")
    yield judged("pledges", faults, f"{len(signed)} 份；核对的是元数据和各 PDF 自身所载摘要")


def _scans(contents: Contents, evidence: verify.Evidence) -> Iterator[Finding]:
    told = _scan_digests(evidence)
    kept = contents.of_kind(layout.SCAN)
    if not told and not kept:
        return
    files = contents.package.files
    found = {file.get("承诺书摘要"): files.get(file["计算机文件名"]) for file in kept}
    faults = [
        f"承诺书 {verify.short_code(digest)} 的扫描件缺少或不符"
        for digest, sha256 in told.items()
        if (seen := found.get(digest)) is None or seen.sha256 != sha256
    ]
    if len(kept) != len(told):
        faults.append("扫描件的份数与纸面签署的份数不同")
    yield judged("scans", faults, f"{len(told)} 份")


def _scan_digests(evidence: verify.Evidence) -> Mapping[str, str]:
    """The scans' hashes by the digests of the pledges on paper, as they were signed for."""
    marks = zip(evidence.manifests, evidence.assertions, strict=True)
    return {
        assertion["digest"]: manifest["signature"]["sha256"]
        for manifest, assertion in marks
        if manifest["signature"]["method"] == "paper"
    }
