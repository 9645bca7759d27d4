"""The answers to extra fields in the row of a case, beside all else that its events say."""

from django.db import migrations, models

# Until now they stood in the first event only, for the category that it names.
ANSWERS_OF_BEFORE = """
UPDATE cases_case c SET extra = jsonb_build_object(e.data->>'category', e.data->'extra')
  FROM cases_caseevent e
 WHERE e.chain = c.id AND e.seq = 1 AND e.data ? 'extra'
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0012_border_cells")]

    operations = [
        migrations.AddField("case", "extra", models.JSONField(default=dict, verbose_name="附加项")),
        migrations.RunSQL(ANSWERS_OF_BEFORE, migrations.RunSQL.noop),
    ]
