"""How long projects keep what they were sent; how far the nightly removal has come."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0003_lean_rows'),
    ]

    operations = [
        migrations.CreateModel(
            name='Sweep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True)),
                ('position', models.BigIntegerField(default=0)),
                ('again_from', models.BigIntegerField(null=True)),
                ('next_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='project',
            name='keep_drafts',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='project',
            name='keep_payloads',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='project',
            name='keep_predictions',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='project',
            name='retention_changed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='Removal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=40)),
                ('day', models.DateField()),
                ('rows', models.PositiveBigIntegerField()),
                ('project', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='removals', to='projects.project')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('project', 'what', 'day'), name='removal_counted_once_a_day', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('rows__gt', 0)), name='removal_removed_something')],
            },
        ),
    ]
