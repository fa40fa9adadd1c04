"""Webhooks may speak to people: in the form that chat services take."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reviewer', '0023_replay'),
    ]

    operations = [
        migrations.AddField(
            model_name='webhook',
            name='format',
            field=models.CharField(choices=[('standard', 'Standard Webhooks: type, timestamp, data'), ('slack', 'Slack: a text for people')], db_default='standard', default='standard', max_length=8),
        ),
    ]
