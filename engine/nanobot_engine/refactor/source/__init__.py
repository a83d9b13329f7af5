"""The text of one file as statements and expressions, and edits of it that stay in form."""
