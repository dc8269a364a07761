from django.db import migrations

from meetings.triggers import GUARDS
from pledges.triggers import install_by_migration


class Migration(migrations.Migration):
    dependencies = [("meetings", "0002_initial")]

    operations = [migrations.RunPython(*install_by_migration(GUARDS))]
