"""A room of the tests' towns. Its jobs are queued and run like any other's."""
