"""Starts the bundled server. Run with `-I -S -B`, so that these libraries and the standard library are all there is.

The first argument is the folder for compiled code, the others are the server's. Reads nothing but its own place.
"""

import os
import runpy
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "libs"))

from switchpoint.lsp.compiled import keep_in

keep_in(sys.argv.pop(1))
runpy.run_module("switchpoint", run_name="__main__", alter_sys=True)
