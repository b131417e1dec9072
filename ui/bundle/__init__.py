"""Bundles: one folder on a stick that sets up a clinic, and the installation that comes from it.

On the stick:

    START-HERE.txt, install.sh, install.ps1   three steps for the person who installs
    bundle.json, signatures.json              what is on the stick, signed as packs are
    publisher.root.json                       the publisher's keys, compared once by a person
    app/  models/  packs/  papers/            the files; large ones cut so that FAT32 holds them

On the machine:

    versions/<number>-<digest>/   whole versions of the program, never changed once named so
    installed.json                which one is in use and which was before; replaced by one rename
    .staging/                     a version on its way in
    aidpost                       starts whatever `installed.json` names

Records, settings and packs lie in the data folder (`AIDPOST_HOME`), which an update does not touch.
"""
