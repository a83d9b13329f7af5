"""From a plan that waits for review to text that changed."""
