"""Time stamps of an RFC 3161 server: one request, bounded in time and size, its answer checked.

Any failure is a SealError in words: there is no other source of time to fall back on.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from asn1crypto import cms, core, tsp
from django.utils.translation import gettext as _

from .exceptions import SealError

SECONDS = 20
MOST_BYTES = 64 * 1024


class _Answer(core.Sequence):  # type: ignore[misc]  # asn1crypto carries no types
    """A TimeStampResp (RFC 3161, 2.4.2); asn1crypto's own cannot read one without a stamp."""

    _fields = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


async def fetch_stamp(
    url: str, digest: bytes, algorithm: str, seconds: float | None = None
) -> cms.ContentInfo:
    """The server's stamp over `digest`; whom its certificate leads to is for the caller to check.

    Raises SealError when the server is out of reach, slow (SECONDS unless `seconds` says another),
    refuses, or gives anything but a stamp for this very request.
    """
    nonce = secrets.randbits(63)
    request = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {
                "hash_algorithm": {"algorithm": algorithm},
                "hashed_message": digest,
            },
            "nonce": nonce,
            "cert_req": True,
        }
    )
    answer = await _ask(url, request.dump(), SECONDS if seconds is None else seconds)
    try:
        return _read_answer(answer, nonce, digest)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SealError(
            _("The time-stamp server %(url)s gave an answer that is no time stamp.") % {"url": url}
        ) from error


async def _ask(url: str, request: bytes, seconds: float) -> bytes:
    """The server's answer to a request, over HTTP (RFC 3161, 3.4)."""
    import aiohttp  # takes a tenth of a second, and most sites have no such server

    with _in_words(url, seconds):
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as session,
            session.post(
                url,
                data=request,
                headers={"Content-Type": "application/timestamp-query"},
                allow_redirects=False,
            ) as response,
        ):
            if response.status != 200:
                raise SealError(
                    _("The time-stamp server %(url)s answers with HTTP status %(status)s.")
                    % {"url": url, "status": response.status}
                )
            answer = b""
            async for part in response.content.iter_any():
                answer += part
                if len(answer) > MOST_BYTES:
                    raise SealError(
                        _("The time-stamp server %(url)s answers with too much.") % {"url": url}
                    )
    return answer


@contextmanager
def _in_words(url: str, seconds: float) -> Iterator[None]:
    from aiohttp import ClientError

    try:
        yield
    except TimeoutError as error:
        raise SealError(
            _("The time-stamp server %(url)s did not answer within %(seconds)s seconds.")
            % {"url": url, "seconds": seconds}
        ) from error
    except (ClientError, OSError) as error:
        raise SealError(
            _("The time-stamp server %(url)s cannot be reached: %(why)s")
            % {"url": url, "why": error}
        ) from error


def _read_answer(answer: bytes, nonce: int, digest: bytes) -> cms.ContentInfo:
    """The stamp in an answer, if it is for this request (RFC 3161, 2.4.2).

    Raises SealError; ValueError and its like where the answer is no stamp at all.
    """
    response = _Answer.load(answer, strict=True)
    status = response["status"]
    if status["status"].native not in ("granted", "granted_with_mods"):
        said = "; ".join(status["status_string"].native or [])
        raise SealError(
            _("The time-stamp server refused: %(why)s") % {"why": said or status["status"].native}
        )
    token: cms.ContentInfo = response["time_stamp_token"]
    stamp = token["content"]["encap_content_info"]["content"].parsed
    if stamp["nonce"].native != nonce:
        raise SealError(_("The time-stamp server answered another request (nonce)."))
    if stamp["message_imprint"]["hashed_message"].native != digest:
        raise SealError(_("The time-stamp server stamped something else (digest)."))
    return token
