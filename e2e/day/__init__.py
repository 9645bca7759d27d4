"""A whole day of a town in some minutes: messages come in, people work at their desks, and at the end it is proved."""
