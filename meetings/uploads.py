"""What an uploaded file really is: told by its content, never by its name alone."""

import zipfile
from pathlib import PurePath
from typing import Any

import filetype
from django.core.files.uploadedfile import UploadedFile

# What an office attaches to a talk, with the names that such a file may go by.
ACCEPTED_TYPES = {
    "application/pdf": {".pdf"},
    "image/jpeg": {".jpg", ".jpeg"},
    "image/png": {".png"},
    "application/msword": {".doc", ".wps"},
    "application/vnd.ms-excel": {".xls", ".et"},
    "application/vnd.ms-powerpoint": {".ppt", ".dps"},
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": {".docx"},
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {".xlsx"},
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": {".pptx"},
}
ACCEPTED_SUFFIXES = frozenset().union(*ACCEPTED_TYPES.values())

# filetype looks at the first entries of a zip and at fixed places of an old office file; WPS
# puts its parts elsewhere. The part that makes the format is there in any case.
ZIP_PARTS = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    ),
}
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLE_STREAMS = {
    "PowerPoint Document": "application/vnd.ms-powerpoint",
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
}


def recognise(upload: "UploadedFile[Any]") -> str | None:
    """The media type of `upload` if it is one that is kept here and its name agrees, else None.

    Reads the file and leaves it at its beginning.
    """
    upload.seek(0)
    head = upload.read(8192)
    if head.startswith(b"PK\x03\x04"):
        found = _types_of_zip(upload)
    elif head.startswith(OLE_MAGIC):
        found = _types_of_old_office_file(upload)
    else:
        guess = filetype.guess(head)
        found = {guess.mime} if guess else set()
    upload.seek(0)
    suffix = PurePath(upload.name or "").suffix.lower()
    fitting = (media_type for media_type in found if suffix in ACCEPTED_TYPES.get(media_type, ()))
    return next(fitting, None)


def _types_of_zip(upload: "UploadedFile[Any]") -> set[str]:
    """The type of a document in a zip, by the part that only this format has at its place."""
    try:
        with zipfile.ZipFile(upload) as archive:
            parts = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return set()
    if "[Content_Types].xml" not in parts:
        return set()
    return {media_type for part, media_type in ZIP_PARTS.items() if part in parts}


def _types_of_old_office_file(upload: "UploadedFile[Any]") -> set[str]:
    """The types a compound file may have, by the names in its directory.

    More than one, when a sheet stands inside a document: then the file's name decides.
    """
    upload.seek(0)
    content = upload.read()
    return {
        media_type
        for stream, media_type in OLE_STREAMS.items()
        if stream.encode("utf-16-le") in content
    }
