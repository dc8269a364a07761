"""Who is called, when, who came, and the papers that come out."""

from .attendance import (
    Attendance,
    AttendanceChange,
    AttendanceRole,
    AttendanceState,
    Notice,
    NoticeKind,
)
from .batch import Batch, BatchKind, BatchState
from .meeting import (
    AgendaItem,
    Attachment,
    AttachmentKind,
    Block,
    Kind,
    Meeting,
    PostChange,
    Retention,
    State,
    Statement,
)
from .record import SEAL_STALE_AFTER, Record, RecordState, SealLevel, SealState
from .roster import ActivationCode, Cadre, Gender, Role, RoleAssignment, Unit
from .roster_import import RosterImport

__all__ = [
    "SEAL_STALE_AFTER",
    "ActivationCode",
    "AgendaItem",
    "Attachment",
    "AttachmentKind",
    "Attendance",
    "AttendanceChange",
    "AttendanceRole",
    "AttendanceState",
    "Batch",
    "BatchKind",
    "BatchState",
    "Block",
    "Cadre",
    "Gender",
    "Kind",
    "Meeting",
    "Notice",
    "NoticeKind",
    "PostChange",
    "Record",
    "RecordState",
    "Retention",
    "Role",
    "RoleAssignment",
    "RosterImport",
    "SealLevel",
    "SealState",
    "State",
    "Statement",
    "Unit",
]
