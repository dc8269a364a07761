from django.db import migrations

from pledges.triggers import GUARDS, install_by_migration


class Migration(migrations.Migration):
    dependencies = [("pledges", "0004_evidence")]

    operations = [migrations.RunPython(*install_by_migration(GUARDS))]
