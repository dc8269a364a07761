"""Who is called, when, who came, and the papers that come out."""

from .attendance import (
    Attendance,
    AttendanceChange,
    AttendanceRole,
    AttendanceState,
    Notice,
    NoticeKind,
)
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
from .record import Record, RecordState
from .roster import ActivationCode, Cadre, Gender, Role, RoleAssignment, Unit
from .roster_import import RosterImport

__all__ = [
    "ActivationCode",
    "AgendaItem",
    "Attachment",
    "AttachmentKind",
    "Attendance",
    "AttendanceChange",
    "AttendanceRole",
    "AttendanceState",
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
    "State",
    "Statement",
    "Unit",
]
