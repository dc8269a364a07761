"""What the database refuses to change in this app's evidence (see pledges/triggers.py)."""

from pledges.triggers import Guard, frozen_columns, insert_only

GUARDS: list[Guard] = [
    *insert_only("meetings_attendancechange"),
    frozen_columns(
        "meetings_record",
        "id",
        "meeting_id",
        "revision",
        "reason",
        "changes",
        "facts",
        "made_at",
        "made_by_id",
    ),
    frozen_columns(
        "meetings_record",
        "state",
        "error",
        "pdf",
        "sha256",
        rule="frozen_once_ready",
        condition="OLD.\"state\" = 'ready'",
    ),
    Guard("meetings_record", "no_update_once_sealed", "UPDATE", "OLD.\"seal_state\" = 'sealed'"),
    Guard("meetings_record", "no_delete", "DELETE"),
]
