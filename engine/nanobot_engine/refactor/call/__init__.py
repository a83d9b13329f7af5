"""Where functions are called, and what is passed there."""
