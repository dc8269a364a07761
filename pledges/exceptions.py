"""What can go wrong with a pledge, each with words for the person in front of the page."""

from django.core.exceptions import PermissionDenied
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class PledgeError(Exception):
    """The base of this app's errors; `message` is translated and fit to be shown."""

    message: str | Promise = _("This cannot be done with the pledge.")

    def __init__(self, message: str | Promise | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)


class NotTheSigner(PledgeError, PermissionDenied):
    """Somebody acts on another person's pledge. Also a 403, should a view ever let it through."""

    message = _("Only the signer can act on a pledge; nobody signs for another.")


class OccasionClosed(PledgeError):
    message = _("This talk is closed for signing.")


class AlreadySigned(PledgeError):
    message = _("This pledge is signed; nothing in it can change any more.")


class PledgeIncomplete(PledgeError):
    message = _("Something is still missing before you can sign.")


class PledgeChanged(PledgeError):
    """What would be signed is not what the signer read: a draft changed in another tab."""

    message = _("The pledge changed after you opened this page. Read it once more, then sign.")


class WrongPassword(PledgeError):
    message = _("The password is not right.")


class DrawingRefused(PledgeError):
    """The strokes are no signature, or not the pad's format."""

    message = _("The drawing could not be read. Clear it and sign again.")


class NameDiffers(PledgeError):
    message = _("Type your own name, exactly as it stands on the pledge.")


class TextRefused(PledgeError):
    """A personal commitment that is too long or that no paper can print."""

    message = _("This text cannot be used.")


class OutlineStale(PledgeError):
    message = _(
        "Somebody published a newer version while you were editing. "
        "Compare it with your text, then publish again."
    )
