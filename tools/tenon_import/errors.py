"""The exception for everything that a user can put right."""


class ImportProblem(Exception):
    """A model that cannot be read or expressed. The message is one sentence that begins with the place."""
