# Reads every .docx and .xlsx of a folder as another program would: a sound zip, whole
# XML in each part, no formula, no field but the page number, head rows in view.
#
# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys
import xml.etree.ElementTree as tree
import zipfile

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

count = 0
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    if path.suffix not in (".docx", ".xlsx"):
        continue
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None, path
        parts = {name: tree.fromstring(package.read(name)) for name in package.namelist()}
    assert "[Content_Types].xml" in parts, path
    # Every part that is related to is there.
    for name, part in parts.items():
        if not name.endswith(".rels"):
            continue
        folder = pathlib.PurePosixPath(name).parent.parent
        for relation in part:
            assert relation.get("TargetMode") != "External", (path, relation.attrib)
            target = relation.get("Target").lstrip("/")
            assert str(folder / target) in parts, (path, target)
    if path.suffix == ".docx":
        for name, part in parts.items():
            fields = [field.text.strip() for field in part.iter(WORD + "instrText")]
            assert fields in ([], ["PAGE"]), (path, name, fields)
        for table in parts["word/document.xml"].iter(WORD + "tbl"):
            columns = len(table.find(WORD + "tblGrid"))
            for row in table.iter(WORD + "tr"):
                spans = row.iter(WORD + "gridSpan")
                wide = sum(int(span.get(WORD + "val")) - 1 for span in spans)
                assert len(row.findall(WORD + "tc")) + wide == columns, path
    else:
        sheets = [part for name, part in parts.items() if "/worksheets/sheet" in name]
        assert sheets, path
        for sheet in sheets:
            assert next(sheet.iter(SHEET + "f"), None) is None, path
            pane = next(sheet.iter(SHEET + "pane"))
            assert pane.get("state") == "frozen" and pane.get("ySplit") == "1", path
            assert next(sheet.iter(SHEET + "autoFilter"), None) is not None, path
    count += 1
print(count, "files")
