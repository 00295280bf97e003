"""switchpoint: where exactly can this task be switched out?"""

__version__ = "0.1.0"
