"""The one exception of the engine's own: somebody asked for what cannot be had."""


class Wrong(ValueError):
    """A user's mistake, said in one lower-case sentence: wanted, found, choices, what to do."""
