"""What several tests need: fakes of our ports, and small workspaces."""
