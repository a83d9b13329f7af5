"""Models in OS processes of their own, and what keeps them answering."""
