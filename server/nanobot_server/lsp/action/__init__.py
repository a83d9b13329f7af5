"""What code actions read in a buffer, and how offers are written."""
