"""The triggers by which every write of a case, whoever does it, is put into the index again. SQL of a migration."""

WATCHED = (
    *(
        "county",
        "township",
        "community",
        "near",
        "unit_grid",
        "stage",
        "channel",
        "ended_at",
        "category",
        "rating",
    ),
    *(
        "component_code",
        "assignee_id",
        "departments",
        "reported_by_id",
        "handlers",
        "checkers",
        "supervision",
    ),
    *("command", "urgent", "self_handled", "disputed", "returns", "reworks", "reopened", "imprecise"),
    *("filed_at", "closed_at", "due_at", "description", "address", "reported_at"),
)
_OLD, _NEW = (", ".join(f"{row}.{column}" for column in WATCHED) for row in ("OLD", "NEW"))

CREATE = f"""
CREATE FUNCTION cases_to_index_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO cases_casetoindex (case_id) SELECT id FROM fresh;
  RETURN NULL;
END $$;
CREATE FUNCTION cases_to_index_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO cases_casetoindex (case_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE FUNCTION cases_out_of_index() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM cases_casetoken WHERE case_id IN (SELECT id FROM gone);
  DELETE FROM cases_casetoindex WHERE case_id IN (SELECT id FROM gone);
  RETURN NULL;
END $$;
CREATE TRIGGER cases_to_index_new AFTER INSERT ON cases_case
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION cases_to_index_new();
CREATE TRIGGER cases_to_index_changed AFTER UPDATE OF {", ".join(WATCHED)} ON cases_case
  FOR EACH ROW WHEN (({_OLD}) IS DISTINCT FROM ({_NEW})) EXECUTE FUNCTION cases_to_index_changed();
CREATE TRIGGER cases_out_of_index AFTER DELETE ON cases_case
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION cases_out_of_index();
INSERT INTO cases_casetoindex (case_id) SELECT id FROM cases_case;
"""

DROP = """
DROP TRIGGER cases_to_index_new ON cases_case;
DROP TRIGGER cases_to_index_changed ON cases_case;
DROP TRIGGER cases_out_of_index ON cases_case;
DROP FUNCTION cases_to_index_new();
DROP FUNCTION cases_to_index_changed();
DROP FUNCTION cases_out_of_index();
"""
