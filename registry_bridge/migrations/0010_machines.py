"""A model may be trained and served by what a connection names, such as Amazon SageMaker."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0011_aws_connections'),
        ('registry_bridge', '0009_capture'),
    ]

    operations = [
        migrations.AddField(
            model_name='registeredmodel',
            name='machines',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.connection'),
        ),
        migrations.AddField(
            model_name='registeredmodel',
            name='training',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='registeredmodel',
            name='hosting',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AlterField(
            model_name='registeredmodel',
            name='target',
            field=models.CharField(choices=[('none', 'Nowhere: only the alias moves'), ('local', 'This machine'), ('aws', 'Amazon SageMaker')], default='local', max_length=5),
        ),
    ]
