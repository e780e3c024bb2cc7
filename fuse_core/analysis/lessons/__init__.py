"""What the lesson's widgets compute, by the slow and obvious way where that is what is taught."""
