"""The scan of a pledge on paper, as it is handed out to whoever may have it."""

from django.http import HttpResponse

from .models import Pledge


def scan_file(pledge: Pledge) -> HttpResponse:
    """The scan of a paper pledge, always as a download: no upload is shown as a page of ours."""
    paper = pledge.signature.paper
    suffix = {"application/pdf": "pdf", "image/jpeg": "jpg"}.get(paper.media_type, "png")
    name = f"scan-{pledge.signature.digest[:8]}.{suffix}"
    return HttpResponse(
        bytes(paper.scan),
        content_type=paper.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )
