from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('meetings', '0005_batch'),
    ]

    operations = [
        migrations.AddField(
            model_name='meeting',
            name='archive_number',
            field=models.CharField(blank=True, default='', max_length=100, verbose_name='archive number'),
        ),
        migrations.AddConstraint(
            model_name='meeting',
            constraint=models.UniqueConstraint(condition=models.Q(('archive_number', ''), _negated=True), fields=('archive_number',), name='meeting_archive_number_once'),
        ),
    ]
