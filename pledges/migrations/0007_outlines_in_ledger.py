from django.db import migrations
from django.utils import timezone

from pledges.ledger.entries import columns
from pledges.ledger.shape import Frontier
from pledges.ledger.tree import position
from pledges.models import EntryKind


def tell(apps, schema_editor):
    """An entry for every outline that was published before there was a ledger to tell."""
    entries, nodes, outlines = (
        apps.get_model("pledges", name) for name in ("LedgerEntry", "LedgerNode", "Outline")
    )
    frontier = Frontier()
    for leaf in entries.objects.order_by("number").values_list("leaf", flat=True):
        frontier.append(bytes.fromhex(leaf))
    told = set(entries.objects.filter(kind="outline_published").values_list("subject", flat=True))
    for outline in outlines.objects.order_by("version").select_related("created_by"):
        subject = f"outline:{outline.version}"
        if subject in told:
            continue
        row = columns(
            number=frontier.size,
            at=timezone.now(),
            kind=EntryKind.OUTLINE_PUBLISHED,
            actor=outline.created_by.staff_number if outline.created_by else "",
            subject=subject,
            data={},
            private={},
        )
        entries.objects.create(**row)
        nodes.objects.bulk_create(
            nodes(position=position(node), hash=value.hex())
            for node, value in frontier.append(bytes.fromhex(row["leaf"]))
        )


class Migration(migrations.Migration):
    dependencies = [("pledges", "0006_builtin_agreement")]

    operations = [migrations.RunPython(tell, migrations.RunPython.noop, elidable=False)]
