"""What is measured by hand, one command each."""
