"""Quality by day and week, as it was added up last."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0010_notices'),
        ('reviewer', '0024_webhook_format'),
    ]

    operations = [
        migrations.CreateModel(
            name='Trend',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField(null=True)),
                ('next_at', models.DateTimeField()),
                ('project', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='trend', to='projects.project')),
            ],
            options={
                'indexes': [models.Index(fields=['next_at'], name='trend_due')],
            },
        ),
        migrations.CreateModel(
            name='VersionPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.CharField(choices=[('day', 'Day'), ('week', 'Week')], max_length=4)),
                ('begin', models.DateField()),
                ('model_name', models.CharField(max_length=120)),
                ('model_version', models.CharField(max_length=60)),
                ('predictions', models.BigIntegerField()),
                ('not_yet', models.BigIntegerField()),
                ('called', models.CharField(max_length=40)),
                ('estimate', models.JSONField()),
                ('confidence', models.JSONField()),
                ('labels', models.JSONField()),
                ('made_at', models.DateTimeField()),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='reviewer.endpoint')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('endpoint', 'unit', 'begin', 'model_name', 'model_version'), name='period_kept_once')],
            },
        ),
    ]
