"""A transparency log as files that anyone's tools can check (C2SP tlog-tiles), and a witness for it.

It knows nothing of ceasefires and imports nothing above it: an auditor can read and use this folder
alone. It needs Python 3.11 or later and the package `cryptography`.

hashing       RFC 6962 hashes of leaves and of pairs
tree          the root of a growing tree, from its right edge alone
tiles         names and contents of tiles and entry bundles
proofs        inclusion and consistency: prove from tiles, verify from hashes
notes         signed text
checkpoints   the text of a tree head
cosignatures  what a witness signs, and when
policy        whose signatures are needed
receipts      one file that proves one entry, offline
durability    what is acknowledged is on disk
folder        a log in a folder: append, publish
witness       remembers the newest head of each log, and signs nothing behind it
cosigning     asks witnesses for their cosignatures
audit         everything in a folder, checked again; also: python -m truceline.tlog
"""
