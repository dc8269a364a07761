from django.db import migrations

from pledges.triggers import Guard, frozen_columns, insert_only, install_by_migration

# As they were then: meetings.triggers.GUARDS speaks of columns that later migrations add.
GUARDS = [
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
    Guard("meetings_record", "no_update_once_ready", "UPDATE", "OLD.\"state\" = 'ready'"),
    Guard("meetings_record", "no_delete", "DELETE"),
]


class Migration(migrations.Migration):
    dependencies = [("meetings", "0002_initial")]

    operations = [migrations.RunPython(*install_by_migration(GUARDS))]
