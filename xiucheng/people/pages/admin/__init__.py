"""The administration of people: system_admin keeps accounts and organisation, security_admin posts, rights and
locks, auditor looks (rules.GRANTS)."""
