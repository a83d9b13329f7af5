"""What an editor asks of the index of a workspace."""
