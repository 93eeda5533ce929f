"""Unpacks wheels and source archives, and packs jars, with nothing but Python's own library.

usage: packing.py unpack <archive> <folder>   reports "<done bytes> <total bytes>" per line
       packing.py pack <folder> <jar>
"""

import os
import sys
import tarfile
import zipfile

ONE_TIME = (1980, 1, 1, 0, 0, 0)


def report(done, total):
    print(done, total, flush=True)


def unpack_zip(archive, folder):
    """zipfile forgets modes; wheels carry them in the upper half of the external attributes."""
    with zipfile.ZipFile(archive) as packed:
        total = sum(entry.file_size for entry in packed.infolist())
        done = shown = 0
        for entry in packed.infolist():
            path = packed.extract(entry, folder)
            mode = (entry.external_attr >> 16) & 0o777
            if mode and not entry.is_dir():
                os.chmod(path, mode | 0o600)
            done += entry.file_size
            if done - shown > 4_000_000:
                shown = done
                report(done, total)


def unpack_tar(archive, folder):
    """Progress is the position in the compressed file, so that it is read only once."""
    total = os.path.getsize(archive)
    shown = 0
    with open(archive, "rb") as raw, tarfile.open(fileobj=raw, mode="r:gz") as packed:
        safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        for entry in packed:
            packed.extract(entry, folder, **safe)
            if raw.tell() - shown > 8_000_000:
                shown = raw.tell()
                report(shown, total)


def pack(folder, jar):
    """Entries are sorted and carry one fixed time: the same classes give the same bytes."""
    paths = sorted(
        os.path.relpath(os.path.join(at, name), folder)
        for at, _, names in os.walk(folder)
        for name in names
    )
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(
            zipfile.ZipInfo("META-INF/MANIFEST.MF", ONE_TIME), "Manifest-Version: 1.0\r\n\r\n"
        )
        for path in paths:
            with open(os.path.join(folder, path), "rb") as content:
                packed.writestr(
                    zipfile.ZipInfo(path, ONE_TIME), content.read(), zipfile.ZIP_DEFLATED
                )


def main(command, source, target):
    if command == "pack":
        pack(source, target)
    elif source.endswith((".whl", ".zip")):
        unpack_zip(source, target)
    else:
        unpack_tar(source, target)


if __name__ == "__main__":
    main(*sys.argv[1:])
