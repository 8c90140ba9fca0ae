"""What the demo plays and where it came from."""
