"""The README shows what its commands print, and names only what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.transcripts import README, ROOT, Copy, masked, transcripts


def test_every_transcript_of_the_readme_is_what_its_command_prints(tmp_path: Path) -> None:
    shown = list(transcripts(README.read_text(encoding="utf-8")))
    assert len(shown) >= 5
    copy = Copy(tmp_path)
    for transcript in shown:
        assert masked(copy.run(transcript.command)) == masked(transcript.output), transcript.command


DOCUMENTS = [README, *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_make_target_that_documents_name_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*?## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in DOCUMENTS:
        named = set(re.findall(r"(?:`|^\$ |^)make ([a-z-]+)", document.read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= targets, f"{document.name}: {sorted(named - targets)}"
