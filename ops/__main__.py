"""`python -m ops` is `acinaces`."""

from ops.cli import main

main()
