"""What the demo city is made of, and its generators. Nothing here runs in production."""
