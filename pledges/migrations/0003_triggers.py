from django.db import migrations

from pledges.triggers import GUARDS, install_by_migration

# The tables that are there by now; those of later migrations are guarded by 0005.
TABLES = {
    "pledges_clause",
    "pledges_occasion",
    "pledges_outline",
    "pledges_pledge",
    "pledges_point",
    "pledges_pointconfirmation",
    "pledges_signature",
}


class Migration(migrations.Migration):
    dependencies = [("pledges", "0002_builtin_outline")]

    operations = [
        migrations.RunPython(
            *install_by_migration([guard for guard in GUARDS if guard.table in TABLES])
        )
    ]
