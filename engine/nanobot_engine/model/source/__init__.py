"""From a source to a verified file in the models folder."""
