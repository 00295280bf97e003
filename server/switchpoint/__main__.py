"""`python -m switchpoint`: the same program as the `switchpoint` script."""

from switchpoint.cli import main

if __name__ == "__main__":
    main()
