"""What makes a table append-only: a trigger that refuses UPDATE, DELETE and TRUNCATE.

The function is created by kernel migration 0002; each ledger table asks for its trigger in its own migration:

    operations = [migrations.CreateModel("CaseEvent", …), append_only("cases_caseevent")]
    dependencies = [("kernel", "0002_ledger"), …]
"""

import re

from django.db import migrations

FUNCTION = "kernel_refuse_change"
TRIGGER = "append_only"

CREATE_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '记录表 % 只能追加，不能%（ledger table is append-only: % refused）',
        TG_TABLE_NAME,
        CASE TG_OP WHEN 'UPDATE' THEN '修改' WHEN 'DELETE' THEN '删除' ELSE '清空' END,
        TG_OP
        USING ERRCODE = 'restrict_violation', HINT = '更正请追加一条新的记录。';
END
$$
"""


def append_only(table: str) -> migrations.RunSQL:
    """The migration operation that installs the trigger on a table.

    One statement-level trigger: it costs an insert nothing and refuses even a change that would hit no row.
    It also stops ON CONFLICT DO UPDATE and cascades from a referenced row.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", table):
        raise ValueError(f"not a plain table name: {table}")
    return migrations.RunSQL(
        f"CREATE TRIGGER {TRIGGER} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()",
        f"DROP TRIGGER {TRIGGER} ON {table}",
    )
