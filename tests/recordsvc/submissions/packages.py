"""Packages made for the tests: archives, bags and E-ARK submissions."""

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

METS = """<?xml version="1.0" encoding="UTF-8"?>
<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink"
  xmlns:csip="https://DILCIS.eu/XML/METS/CSIPExtensionMETS" OBJID="{objid}" TYPE="Other"
  PROFILE="https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml">
  <metsHdr CREATEDATE="2024-05-06T00:00:00" csip:OAISPACKAGETYPE="SIP">
    <agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="SOFTWARE"><name>t</name></agent>
  </metsHdr>
  {dmd}
  <fileSec><fileGrp>{files}</fileGrp></fileSec>
  <structMap TYPE="PHYSICAL" LABEL="CSIP"><div>{divs}</div></structMap>
</mets>
"""
DMD = """<dmdSec ID="{id}"><mdWrap MDTYPE="DC"><xmlData>
  <dc xmlns="http://purl.org/dc/elements/1.1/">{values}</dc></xmlData></mdWrap></dmdSec>
"""


def zip_of(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tar_of(path: Path, files: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def bag_of(
    payload: dict[str, bytes], info: str = "", tags: dict[str, bytes] | None = None
) -> dict[str, bytes]:
    """Return the files of a bag by path."""
    files = {f"data/{name}": content for name, content in payload.items()}
    manifest = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in files.items()
    )
    return {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "manifest-sha256.txt": manifest.encode(),
        "bag-info.txt": info.encode(),
        **(tags or {}),
        **files,
    }


def sip_of(
    papers: dict[str, bytes],
    *,
    package: str = "",
    described: dict[str, str] | None = None,
) -> dict[str, bytes]:
    """Return the files of an E-ARK SIP by path.

    Parameters
    ----------
    package
        Dublin Core elements of the package.
    described
        Dublin Core elements by paper.
    """
    said = described or {}
    files, divs = "", ""
    dmd = DMD.format(id="dmd-0", values=package) if package else ""
    for number, (name, content) in enumerate(papers.items(), 1):
        digest = hashlib.sha256(content).hexdigest()
        own = f' DMDID="dmd-{number}"' if name in said else ""
        if own:
            dmd += DMD.format(id=f"dmd-{number}", values=said[name])
        files += (
            f'<file ID="f{number}" MIMETYPE="text/plain" SIZE="{len(content)}" '
            f'CHECKSUM="{digest}" CHECKSUMTYPE="SHA-256"{own}>'
            f'<FLocat LOCTYPE="URL" xlink:type="simple" '
            f'xlink:href="representations/rep1/data/{name}"/></file>'
        )
        divs += f'<div><fptr FILEID="f{number}"/></div>'
    mets = METS.format(objid="sip-1", dmd=dmd, files=files, divs=divs)
    return {
        "METS.xml": mets.encode(),
        **{f"representations/rep1/data/{n}": c for n, c in papers.items()},
    }


def laid_down(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return folder


def below(top: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{top}/{name}": content for name, content in files.items()}
