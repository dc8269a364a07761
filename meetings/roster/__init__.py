"""From a real office's roster to units and cadres, and the order in which names are given.

    workbook → columns → cells → preview → importing → activation

An upload is read into plain cells, previewed against the database, mended, and applied all or
nothing. `ordering` and `ranks` put people in official order; `units` keeps the tree.
"""
