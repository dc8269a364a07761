from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pledges", "0007_outlines_in_ledger")]

    operations = [
        migrations.AddIndex(
            model_name="papersignature",
            index=models.Index(fields=["form_digest"], name="paper_by_form"),
        ),
    ]
