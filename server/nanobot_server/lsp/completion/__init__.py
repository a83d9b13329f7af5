"""Suggestions at the cursor."""
