"""A connection may be one to Amazon Web Services."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0010_notices'),
    ]

    operations = [
        migrations.AlterField(
            model_name='connection',
            name='kind',
            field=models.CharField(choices=[('mlflow', 'MLflow server'), ('local', 'This machine'), ('s3', 'S3'), ('aws', 'Amazon Web Services')], max_length=12),
        ),
    ]
