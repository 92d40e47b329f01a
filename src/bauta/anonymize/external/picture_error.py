"""Why a picture of a face cannot be used, for the log, and without names for results that are published."""

from bauta.anonymize.external.places import Face
from bauta.errors import DataError


class PictureError(DataError):
    """A picture that cannot be used.

    Attributes:
        reason: Why, without the name of a file, which may be that of a person.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


def nameless(error: DataError, face: Face) -> str:
    """Why a face failed, without the name of a file.

    Args:
        error: What was raised; its cause is what was raised before a name was put before it.
        face: The face that it was raised for.
    """
    cause = error.__cause__ if isinstance(error.__cause__, DataError) else error
    reason = str(getattr(cause, "reason", cause))
    return "the log tells" if face.image in reason or face.face_id in reason else reason
