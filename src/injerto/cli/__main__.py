"""`python -m injerto.cli`."""

from injerto.cli.app import main

main()
