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


class EnrolmentExpired(PledgeError):
    message = _("The time to create the key ran out. Enter your password again.")


class KeyRefused(PledgeError):
    """What came from the browser is no key, or not this signer's signature."""

    message = _("The key could not be used: its answer is not as it must be. Nothing was saved.")


class UserNotVerified(KeyRefused):
    message = _(
        "The key did not check that it is you, by fingerprint, face or PIN. "
        "Set that up on the device, or take another one."
    )


class KeyCopied(KeyRefused):
    message = _(
        "The counter of this key went back: somebody may have a copy of it. Nothing was signed. "
        "Remove the key, enrol another, and tell the discipline inspection office."
    )


class KeyTaken(PledgeError):
    message = _("This key cannot be enrolled: it is enrolled already.")


class TooManyKeys(PledgeError):
    message = _("You have enrolled the greatest number of keys. Sign with your password.")


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


class AgreementNotAccepted(PledgeError):
    message = _("Accept the signing agreement in force before you sign.")


class LedgerBroken(Exception):
    """The ledger, or what must agree with it, is not as it was written.

    `number` is the entry where that shows first, None when it shows at no entry; `what` says
    what is wrong, for the administrator.
    """

    def __init__(self, number: int | None, what: str) -> None:
        super().__init__(what if number is None else f"entry {number}: {what}")
        self.number = number
        self.what = what


class EvidenceIncomplete(PledgeError):
    """The ledger, as far as a checkpoint covers it, lacks what evidence must name."""

    message = _("The ledger's checkpoints do not cover this signature yet.")


class PaperRefused(PledgeError):
    """Something is wrong with a paper that is entered; `field` says which input it is about."""

    def __init__(self, field: str, message: str | Promise) -> None:
        super().__init__(message)
        self.field = field


class VerifierBusy(PledgeError):
    message = _("Other files are being verified just now. Try again in a minute.")
