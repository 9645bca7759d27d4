"""The parts of migration 0001 that only PostgreSQL can express."""

RECEIPTS = "CREATE SEQUENCE kernel_receipt_seq AS bigint"
DROP_RECEIPTS = "DROP SEQUENCE kernel_receipt_seq"

# A random stamp, not a counter: a rolled back or truncated counter could come back to a value that meant something else.
STAMPS = """
CREATE FUNCTION kernel_touch_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel_stamp (name, value) VALUES (TG_ARGV[0], gen_random_uuid())
    ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value;
    RETURN NULL;
END $$;
CREATE TRIGGER touch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kernel_calendarday
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_touch_stamp('calendar');
CREATE TRIGGER touch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kernel_calendaryear
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_touch_stamp('calendar');
CREATE TRIGGER touch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kernel_workingwindows
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_touch_stamp('calendar');
CREATE TRIGGER touch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kernel_setting
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_touch_stamp('settings');
"""
DROP_STAMPS = """
DROP TRIGGER touch ON kernel_calendarday;
DROP TRIGGER touch ON kernel_calendaryear;
DROP TRIGGER touch ON kernel_workingwindows;
DROP TRIGGER touch ON kernel_setting;
DROP FUNCTION kernel_touch_stamp();
"""

KEEP_CHANGES = """
CREATE FUNCTION kernel_keep_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'kernel_adminchange is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON kernel_adminchange
    FOR EACH ROW EXECUTE FUNCTION kernel_keep_changes();
"""
DROP_KEEP_CHANGES = """
DROP TRIGGER keep ON kernel_adminchange;
DROP FUNCTION kernel_keep_changes();
"""
