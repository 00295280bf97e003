"""Starts the bundled server. Run with `-I -S`, so that these libraries and the standard library are all there is.

Reads nothing but its own place; the arguments are the server's.
"""

import os
import runpy
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "libs"))
runpy.run_module("switchpoint", run_name="__main__", alter_sys=True)
