"""Prints the licences of every crate that a package is linked with; cargo's metadata comes in on stdin."""

import json
import sys
from pathlib import Path

metadata = json.load(sys.stdin)
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
roots = [key for key, package in packages.items() if package["name"] == sys.argv[1] and package["source"] is None]

reached, queue = set(), list(roots)
while queue:
    for dependency in nodes[queue.pop()]["deps"]:
        linked = any(kind["kind"] is None for kind in dependency["dep_kinds"])
        if linked and dependency["pkg"] not in reached:
            reached.add(dependency["pkg"])
            queue.append(dependency["pkg"])

for key in sorted(reached, key=lambda key: packages[key]["name"]):
    package = packages[key]
    print("=" * 100)
    print(f"{package['name']} {package['version']}: {package['license'] or 'see below'}")
    print(package["repository"] or "")
    folder = Path(package["manifest_path"]).parent
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE")):
            print(f"\n--- {file.name}\n")
            print(file.read_text(encoding="utf-8", errors="replace").strip())
    print()
