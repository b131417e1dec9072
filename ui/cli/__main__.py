"""`python -m ui.cli` is `aidpost`."""

from ui.cli.main import main

main()
