"""What every part of the library needs: errors, progress, storage, pictures."""
