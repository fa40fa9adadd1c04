"""Notices, who wants them mailed, and each mail; the language in which somebody is written to."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0009_tell'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='language',
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('decision', 'A promotion waits for a decision'), ('rollback', 'A roll back or a failed deployment'), ('queue_late', 'A queue will miss its due time'), ('training_failed', 'A training failed'), ('gate_opened', 'Quality fell below a gate’s line')], max_length=20)),
                ('key', models.CharField(max_length=120)),
                ('title', models.CharField(max_length=200)),
                ('words', models.TextField(blank=True)),
                ('values', models.JSONField(default=dict)),
                ('path', models.CharField(max_length=300)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='projects.project')),
            ],
        ),
        migrations.CreateModel(
            name='NoticeChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('decision', 'A promotion waits for a decision'), ('rollback', 'A roll back or a failed deployment'), ('queue_late', 'A queue will miss its due time'), ('training_failed', 'A training failed'), ('gate_opened', 'Quality fell below a gate’s line')], max_length=20)),
                ('mail', models.BooleanField()),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='projects.project')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='NoticeMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('failed', 'Not delivered'), ('dropped', 'Not sent')], default='waiting', max_length=8)),
                ('message_id', models.CharField(blank=True, max_length=60)),
                ('why', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mails', to='projects.notice')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['project', '-id'], name='notice_newest'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(fields=('project', 'key'), name='notice_told_once'),
        ),
        migrations.AddConstraint(
            model_name='noticechoice',
            constraint=models.UniqueConstraint(fields=('project', 'user', 'kind'), name='notice_chosen_once'),
        ),
        migrations.AddIndex(
            model_name='noticemail',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['user', 'id'], name='notice_mail_waiting'),
        ),
        migrations.AddIndex(
            model_name='noticemail',
            index=models.Index(fields=['user', '-ended_at'], name='notice_mail_ended'),
        ),
        migrations.AddConstraint(
            model_name='noticemail',
            constraint=models.UniqueConstraint(fields=('notice', 'user'), name='notice_mailed_once_to_each'),
        ),
    ]
