"""A webhook is told of what happens after its registration or resumption."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("live", "0001_initial")]

    operations = [
        migrations.AddField(model_name="webhook", name="since", field=models.DateTimeField(null=True)),
    ]
