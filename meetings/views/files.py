"""A paper as an answer: a file with its name, shown or downloaded, and kept by nothing between."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

PDF = "application/pdf"


def paper_file(
    data: bytes, name: str, media_type: str = PDF, *, download: bool = False
) -> HttpResponse:
    """The file under its name; a browser shows a PDF that is not to be downloaded."""
    return HttpResponse(
        data,
        content_type=media_type,
        headers={
            "Content-Disposition": content_disposition_header(download, name) or "inline",
            "Cache-Control": "private, no-store",
        },
    )
