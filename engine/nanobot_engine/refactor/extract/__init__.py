"""Give code a name, or put what a name stands for in its places: the way back."""
