"""What is known to be wrong: feeds, the store they are built into, its updates."""
