"""What the tabs of the page share."""
