"""Starts the bundled server. Run with `-I -S`, so that these libraries and the standard library are all there is.

Reads nothing but its own place; the arguments are the server's.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "libs"))
sys.argv[0] = "switchpoint"

from switchpoint.__main__ import main  # noqa: E402

if __name__ == "__main__":
    main()
