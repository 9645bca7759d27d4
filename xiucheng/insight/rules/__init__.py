"""What is alike, and what is called what. Pure."""
