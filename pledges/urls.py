from django.urls import URLPattern, path

from .views import agreement, check, drafting, keys, ledger, outlines, receipt, signing, verify

app_name = "pledges"
urlpatterns: list[URLPattern] = [
    path("at/<int:pk>/", drafting.enter, name="enter"),
    path("<uuid:pk>/", drafting.sign, name="sign"),
    path("<uuid:pk>/review/", signing.review, name="review"),
    path("<uuid:pk>/receipt/", receipt.receipt, name="receipt"),
    path("<uuid:pk>/receipt.json", receipt.receipt_json, name="receipt_json"),
    path("<uuid:pk>/manifest.json", receipt.manifest, name="manifest"),
    path("<uuid:pk>/scan/", receipt.scan, name="scan"),
    path("<uuid:pk>/history/", receipt.history, name="history"),
    path("<uuid:pk>/disown/", receipt.disown, name="disown"),
    path("verify/", verify.verify, name="verify"),
    path("check/<str:digest>/", check.check, name="check"),
    path("agreement/", agreement.agreement, name="agreement"),
    path("keys/", keys.keys, name="keys"),
    path("keys/add/", keys.key_add, name="key_add"),
    path("keys/add/create/", keys.key_create, name="key_create"),
    path("keys/<int:pk>/remove/", keys.key_remove, name="key_remove"),
    path("checkpoints/", ledger.checkpoints, name="checkpoints"),
    path("checkpoints/<int:size>.txt", ledger.checkpoint_note, name="checkpoint_note"),
    path("ledger/<int:number>/", ledger.entry, name="entry"),
    path("ledger/<int:number>/proof/", ledger.inclusion, name="inclusion"),
    path("ledger/consistency/", ledger.consistency, name="consistency"),
    path("outlines/", outlines.outline_list, name="outline_list"),
    path("outlines/<int:pk>/", outlines.outline_detail, name="outline_detail"),
    path("outlines/edit/", outlines.outline_edit, name="outline_edit"),
]
