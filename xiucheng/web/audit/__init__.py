"""The auditor's room at the door: what administrators changed, who looked at personal data, whether it all proves."""
