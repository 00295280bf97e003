"""`python -m switchpoint`: the same program as the `switchpoint` script.

In: the command line. Out: the exit code. Must not import anything from the folder that it is started in.
"""

import sys

if __name__ == "__main__":
    # `-m` puts the current folder first on the search path: a workspace's own click.py would be run.
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        del sys.path[0]
    from switchpoint.cli import main

    main()
