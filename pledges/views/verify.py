"""The public page that says whether a record or receipt is genuine, and why. Nothing is kept."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ..exceptions import VerifierBusy
from ..forms.verify import VerifyForm
from ..verifying import root_files, verify_apart

LEVELS = {
    "zh": {"key": "甲", "password": "乙", "paper": "丙"},
    "en": {"key": "A", "password": "B", "paper": "C"},
}


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """A file goes in, a verdict comes out: the plain answer first, then why, point by point."""
    form = VerifyForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "answer": None, "can_seal": bool(root_files())}
    if request.method != "POST":
        return render(request, "pledges/verify.html", context)
    form.is_bound = True
    if not form.is_valid():
        return render(request, "pledges/verify.html", context, status=422)
    try:
        report = verify_apart(form.cleaned_data["file"])
    except VerifierBusy as error:
        form.add_error(None, str(error))
        return render(request, "pledges/verify.html", context, status=429)
    context["answer"] = _answer(report, form.cleaned_data["file"].name)
    return render(request, "pledges/verify.html", context)


def _answer(report: dict[str, Any], file_name: str) -> dict[str, Any]:
    """The report for the page, in its language."""
    words = "zh" if (get_language() or "").startswith("zh") else "en"
    summary = report["summary"]
    good = report["verdict"] == "good"
    return {
        "good": good,
        "trial": good and (settings.TRIAL or summary.get("seal", {}).get("trial", False)),
        "file_name": file_name,
        "kind": report["kind"],
        "checks": [{"ok": check["ok"], "text": check[words]} for check in report["checks"]],
        "remarks": [remark[words] for remark in report["remarks"]],
        "summary": summary,
        "levels": [
            (LEVELS[words][level], number)
            for level, number in summary.get("levels", {}).items()
            if number
        ],
        "pledges": [
            {**pledge, "level": LEVELS[words][pledge["level"]]}
            for pledge in summary.get("pledges", [])
        ],
        "sealed_at": parse_datetime(summary["seal"]["time"]) if "seal" in summary else None,
        "keys": [
            {
                **key,
                "enrolled_at": parse_datetime(key["enrolled_at"]),
                "removed_at": parse_datetime(key["removed_at"]) if key["removed_at"] else None,
            }
            for key in summary.get("keys", [])
        ],
    }
