"""Other ways to a caption, one file each."""
