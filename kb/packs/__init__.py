"""Packs: signed bundles of cards, documents and tables that a clinic installs from a USB stick.

A pack is a list of files (`manifest.json`: what it is, its sizes and SHA-256 digests) with Ed25519
signatures of at least two of the three keys of a trust domain (`signatures.json`). Roles follow The
Update Framework (theupdateframework.io): `root` names keys and threshold, is versioned and can only
be replaced by a root that the old keys sign too; `targets`, `snapshot` and `timestamp` are one file
here, the manifest, with a rising version number and an expiry date.

Why not the library `tuf`: its client downloads through `urllib3`, which this program, being
offline, must not carry to the clinic, and it wants a timestamp that an online key signs every few
days; a stick that travels for weeks would always be refused. `securesystemslib` adds nothing over
`cryptography` for one kind of key. So the roles and checks of TUF are kept, and the signatures come
from `cryptography`.

    source    a ZIP archive or folder, its names and sizes checked before anything is read
    manifest  what the pack says of itself          trust     who may sign what
    policy    version, expiry, clock                staging   verified copies beside the library
    slots     which version is in use (A/B)         contents  files to documents and tables
    install   the whole way, and back

The tables of a pack (medicines, interactions) are checked and stored; the dosing engine does not
read them yet.
"""
