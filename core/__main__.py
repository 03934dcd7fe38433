"""`python -m core`: the command line, see core/cli."""

import os
import sys

if __name__ == "__main__":
    # Read when the libraries are loaded, so set before: they report on themselves in dozens of lines.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    from core.cli import main

    sys.exit(main())
