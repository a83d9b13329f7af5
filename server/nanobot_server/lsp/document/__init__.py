"""Open documents, and what their files say."""
