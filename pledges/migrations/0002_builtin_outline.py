from django.db import migrations

from pledges.outlines.builtin import create_builtin


def load(apps, schema_editor):
    create_builtin(*(apps.get_model("pledges", name) for name in ("Outline", "Point", "Clause")))


class Migration(migrations.Migration):
    dependencies = [("pledges", "0001_initial")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]
