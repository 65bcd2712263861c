"""One order per ecosystem: how each package manager itself tells older from newer.

A module offers ``key(version)``, a string whose comparison *is* the order (:mod:`~sekisho.versions.sort_key`), and
``compare(a, b)``. :mod:`~sekisho.versions.order` finds the order of an ecosystem, :mod:`~sekisho.versions.ranges` asks
whether an advisory's interval covers a version, :mod:`~sekisho.versions.constraint` reads constraints as ecosystems
write them and :mod:`~sekisho.versions.vers` the notation made for all of them.
"""
