"""Makes Kdenlive's panel of the node: the panel it makes itself stores numbers where MLT wants words.

usage: cargo xtask chroot python3 -B $PWD/tests/hosts/openfx/kdenlive.py $PWD/target/dist-here/ofx/dcdp.ofx.bundle
(the bundle that `cargo xtask test-openfx` makes)
writes plugins/openfx/resources/kdenlive/org.dcdp.Restore.xml, from what melt says of the node.
"""

import json
import os
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

from melt import Melt

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3)
NODE = "openfx.org.dcdp.Restore"
PANEL = os.path.join("kdenlive", "org.dcdp.Restore.xml")


def described(said):
    """The parameters in melt's description of a filter, each a table of its fields."""
    found = []
    for line in said.partition("parameters:\n")[2].splitlines():
        name, _, value = line.strip().removeprefix("- ").partition(": ")
        value = json.loads(value) if value.startswith('"') else value
        if line.startswith("  - "):
            found.append({"values": []})
        if line.startswith("      - "):
            found[-1]["values"].append(name)
        elif found:
            found[-1][name] = value
    return found


def panel(melt):
    """The panel, as a file of Kdenlive's."""
    effect = ElementTree.Element("effect", tag=NODE, id=NODE)
    ElementTree.SubElement(effect, "name").text = "DCDP Restore"
    ElementTree.SubElement(effect, "description").text = "Removes noise, blur, missing parts and what JPEG left"
    ElementTree.SubElement(effect, "author").text = "dcdp"
    found = described(melt.run("-query", f"filter={NODE}"))
    if not found:
        sys.exit(f"melt does not find {NODE}")
    for given in found:
        kind, name = given["type"], given["identifier"]
        if given.get("readonly") == "yes" or name == "mlt_origin":
            continue
        fields = {"name": name, "default": given.get("default", "")}
        words = given["values"]
        if words:
            fields |= {"type": "list", "paramlist": ";".join(words)}
        elif kind in ("float", "integer"):
            fields |= {"type": "constant", "min": given["minimum"], "max": given["maximum"]}
            if kind == "float":
                fields["decimals"] = "3"
        elif kind == "boolean":
            fields["type"] = "bool"
        else:  # headings, and texts, which such a panel cannot ask for
            continue
        parameter = ElementTree.SubElement(effect, "parameter", fields)
        if words:
            ElementTree.SubElement(parameter, "paramlistdisplay").text = ",".join(words)
        ElementTree.SubElement(parameter, "name").text = given["title"]
        if "description" in given:
            ElementTree.SubElement(parameter, "comment").text = given["description"]
    ElementTree.indent(effect)
    return "<!DOCTYPE kpartgui>\n" + ElementTree.tostring(effect, encoding="unicode") + "\n"


def main():
    with tempfile.TemporaryDirectory() as work:
        text = panel(Melt(os.path.abspath(sys.argv[1]), work))
    target = os.path.join(ROOT, "plugins", "openfx", "resources", PANEL)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
