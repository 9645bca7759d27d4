from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0011_open_departments")]

    operations = [
        migrations.AlterField(
            model_name="casecell",
            name="place",
            field=models.CharField(max_length=100),
        ),
    ]
