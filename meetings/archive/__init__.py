"""The archive package of a closed meeting: packing it, and checking it without this server.

`checking` and what it imports (`findings`, `layout`, `describing`, `contents`) know neither Django
nor the database; the others gather from the rows and write.
"""
