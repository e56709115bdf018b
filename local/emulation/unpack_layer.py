"""Run as a script, `unpack_layer.py ZIP FOLDER`: unpacks a layer and compiles what functions import.

In a process of its own, because the emulator serves requests meanwhile. A file that does not compile will say so when
it is imported. Only `python/` is compiled: of the AWS CLI's thousands of files a run needs a few.
"""

import compileall
import os
import sys
import zipfile


def main(archive: str, folder: str) -> None:
    """Unpack and compile."""
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    packages = os.path.join(folder, "python")
    if os.path.isdir(packages):
        compileall.compile_dir(packages, quiet=2)


if __name__ == "__main__":
    main(*sys.argv[1:])
