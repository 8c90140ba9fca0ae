"""The pieces that come with Neocog, one file each; a file's docstring is its manual."""
