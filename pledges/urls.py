from django.urls import URLPattern, path

from .views import drafting, outlines, signing

app_name = "pledges"
urlpatterns: list[URLPattern] = [
    path("at/<int:pk>/", drafting.enter, name="enter"),
    path("<uuid:pk>/", drafting.sign, name="sign"),
    path("<uuid:pk>/review/", signing.review, name="review"),
    path("<uuid:pk>/receipt/", signing.receipt, name="receipt"),
    path("<uuid:pk>/manifest.json", signing.manifest, name="manifest"),
    path("outlines/", outlines.outline_list, name="outline_list"),
    path("outlines/<int:pk>/", outlines.outline_detail, name="outline_detail"),
    path("outlines/edit/", outlines.outline_edit, name="outline_edit"),
]
