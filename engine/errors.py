"""The one exception of the engine's own: somebody asked for what cannot be had."""


class UserError(ValueError):
    """A user's mistake, said in one lower-case sentence on one line: wanted, found, choices, what to do.

    What strangers put into it (a file's name, a server's word) reaches no terminal as a control character.
    """

    def __init__(self, sentence: str):
        super().__init__("".join(letter for letter in " ".join(sentence.split()) if letter.isprintable()))
