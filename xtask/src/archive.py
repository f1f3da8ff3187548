"""Packs folders into archives that come out the same from the same files.

usage: archive.py TIME ARCHIVE NAME=FOLDER...   packs each folder under NAME; TIME is that of every entry
       archive.py sums FOLDER                   writes SHA256SUMS for the files in it
       archive.py check FOLDER                  prints what differs from it
"""

import gzip
import hashlib
import os
import stat
import sys
import tarfile
import time
import zipfile
from pathlib import Path


def entries(name, folder):
    """Every file, link and folder, sorted, with its name inside the archive."""
    for path in sorted(Path(folder).rglob("*")):
        yield f"{name}/{path.relative_to(folder).as_posix()}", path


def is_program(path):
    return bool(path.stat().st_mode & stat.S_IXUSR)


def write_tar(archive, when, folders):
    with open(archive, "wb") as file, gzip.GzipFile("", "wb", 6, file, when) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, folder in folders:
                for inside, path in entries(name, folder):
                    info = tar.gettarinfo(path, inside)
                    info.uid = info.gid = 0
                    info.uname = info.gname = "root"
                    info.mtime = when
                    # A hard link would say that two copies of a file are one.
                    if info.islnk():
                        info.type, info.size = tarfile.REGTYPE, path.stat().st_size
                    if not info.issym():
                        info.mode = 0o755 if path.is_dir() or is_program(path) else 0o644
                    if info.isreg():
                        with open(path, "rb") as content:
                            tar.addfile(info, content)
                    else:
                        tar.addfile(info)


def write_zip(archive, when, folders):
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for name, folder in folders:
            for inside, path in entries(name, folder):
                if path.is_file():
                    info = zipfile.ZipInfo(inside, time.gmtime(when)[:6])
                    info.compress_type = zipfile.ZIP_DEFLATED
                    info.external_attr = (stat.S_IFREG | (0o755 if is_program(path) else 0o644)) << 16
                    packed.writestr(info, path.read_bytes())


def sums(folder):
    """The lines of `sha256sum`, without the list itself."""
    files = [path for path in sorted(Path(folder).iterdir()) if path.is_file() and path.name != "SHA256SUMS"]
    return [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in files]


def write_sums(folder):
    Path(folder, "SHA256SUMS").write_text("".join(f"{line}\n" for line in sums(folder)))


def check_sums(folder):
    said = Path(folder, "SHA256SUMS").read_text().splitlines()
    for line in sorted(set(said) ^ set(sums(folder))):
        print(f"{line.split()[-1]} has another sum in SHA256SUMS, or only one of them is there")


def main(arguments):
    if arguments[0] == "sums":
        return write_sums(arguments[1])
    if arguments[0] == "check":
        return check_sums(arguments[1])
    when, archive = int(arguments[0]), arguments[1]
    folders = [item.split("=", 1) for item in arguments[2:]]
    partial = f"{archive}.partial{os.getpid()}"
    (write_zip if archive.endswith(".zip") else write_tar)(partial, when, folders)
    os.replace(partial, archive)


if __name__ == "__main__":
    main(sys.argv[1:])
