from django.db import migrations

from pledges.agreements.builtin import create_builtin


def load(apps, schema_editor):
    create_builtin(apps.get_model("pledges", "Agreement"))


class Migration(migrations.Migration):
    dependencies = [("pledges", "0005_evidence_triggers")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]
