"""What the command line and the endpoints for programs answer, as plain values for JSON."""
