"""`python -m pull_request`."""

from pull_request.cli import main

if __name__ == "__main__":
    main()
