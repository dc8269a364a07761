"""Static files as a deployment serves them: collected, hashed, each reference found."""

import re
from pathlib import Path

from django.conf import settings as django_settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.template import Context, Template

STATIC = Path(django_settings.BASE_DIR) / "static"
MANIFEST = {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
}


def test_collectstatic_finds_every_file_that_a_file_refers_to(settings, tmp_path):
    settings.STORAGES = {**settings.STORAGES, **MANIFEST}
    settings.STATIC_ROOT = tmp_path
    call_command("collectstatic", verbosity=0, interactive=False)
    page = Template('{% load frame static %}{% icon "check-lg" %}{% static "css/liantan.css" %}')
    shown = page.render(Context())
    for name in re.findall(r"static/([\w./-]+)", shown):
        assert (tmp_path / name).exists()
    assert re.search(r"sprite\.[0-9a-f]{12}\.svg#check-lg", shown)
    assert staticfiles_storage.manifest_name == "staticfiles.json"


def test_every_icon_that_a_template_names_is_in_the_sprite():
    sprite = (STATIC / "vendor/bootstrap-icons/sprite.svg").read_text(encoding="utf-8")
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    templates = Path(django_settings.BASE_DIR, "templates").rglob("*.html")
    named = {
        name
        for file in templates
        for name in re.findall(r'{% icon "([^"]+)" %}', file.read_text(encoding="utf-8"))
    }
    assert named - known == set()


def test_vendored_packages_are_named_and_licensed():
    readme = (STATIC / "vendor/README.md").read_text(encoding="utf-8")
    for folder in (path for path in (STATIC / "vendor").iterdir() if path.is_dir()):
        assert f"`{folder.name}/`" in readme
        assert (folder / "LICENSE").exists()


def test_stylesheet_has_nothing_that_chromium_86_does_not_know():
    css = (STATIC / "css/liantan.css").read_text(encoding="utf-8")
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    too_new = (
        r":has\(|:is\(|:where\(|aspect-ratio|@layer|@container|color-mix|\dd?vh\b(?<=dvh)|\binset:"
    )
    assert re.findall(too_new, css) == []
