"""Pages of files as pictures: the types that are shown, what is marked, and files made to do harm."""

from __future__ import annotations

import io
import zlib

import pytest
from fpdf import FPDF
from PIL import Image

from console.documents.page_image import MOST_PAGES, UnreadableFileError, draw, inspect, media_type
from console.documents.rendering import PageRenderer
from console.web.problems import Problem


def a_pdf(words: str, *, rotated: bool = False, pages: int = 1) -> bytes:
    pdf = FPDF()
    for _ in range(pages):
        pdf.add_page(orientation="landscape" if rotated else "portrait")
        pdf.set_font("helvetica", size=24)
        pdf.cell(0, 10, words)
    return bytes(pdf.output())


def yellow(png: bytes) -> tuple[int, int, int, int] | None:
    """Return the box of the marked pixels: those with much less blue than red."""
    red, _, blue = Image.open(io.BytesIO(png)).convert("RGB").split()
    pixels = Image.eval(blue, lambda value: 255 if value < 200 else 0)
    bright = Image.eval(red, lambda value: 255 if value > 240 else 0)
    return Image.composite(pixels, Image.new("L", pixels.size), bright).getbbox()


def scans(form: str, *, frames: int = 1) -> bytes:
    image, written = Image.new("L", (170, 220), 255), io.BytesIO()
    more = [image] * (frames - 1)
    image.save(written, form, **({"save_all": True, "append_images": more} if more else {}))
    return written.getvalue()


@pytest.mark.parametrize(
    ("body", "found", "pages"),
    [
        (a_pdf("a", pages=3), "application/pdf", 3),
        (scans("PNG"), "image/png", 1),
        (scans("JPEG"), "image/jpeg", 1),
        (scans("TIFF", frames=2), "image/tiff", 2),
        (b"Synthetic note.\n" * 100, "text/plain", 2),
        (b"<html><script>alert(1)</script>", "text/plain", 1),
    ],
)
def test_the_type_and_the_pages_of_a_file_are_found_in_its_bytes(body: bytes, found: str, pages: int) -> None:
    assert inspect(body) == {"media_type": found, "pages": pages}


@pytest.mark.parametrize(
    "body", [b"", b"  ", b"GIF89a\x01", b"PK\x03\x04\x00", b"\x00\x01", b"MZ\x90\x00\x03", b"\xff\xfe"]
)
def test_a_file_of_another_type_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="save it as one of these"):
        media_type(body)


@pytest.mark.parametrize("body", [b"%PDF-1.7 nothing", scans("PNG")[:60], b"\xff\xd8\xff\xe0 no picture"])
def test_a_damaged_file_is_refused_with_what_to_do(body: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        inspect(body)


def test_a_picture_that_unpacks_to_too_much_is_refused() -> None:
    side = 40_000
    header = side.to_bytes(4, "big") * 2 + b"\x01\x00\x00\x00\x00"
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\x0d" + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    with pytest.raises(UnreadableFileError, match="too large"):
        inspect(bomb)


def test_a_file_of_too_many_pages_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match=f"1 to {MOST_PAGES}"):
        inspect(b"line\n" * 80 * (MOST_PAGES + 1))


def test_words_are_marked_where_they_stand_whatever_their_lines_and_capitals() -> None:
    answer, png = draw(a_pdf("Six weeks of therapy"), 1, ["SIX  weeks"], ())
    [(start, end)] = answer["found"]
    assert answer["text"][start:end] == "Six weeks"
    box = yellow(png)
    assert box is not None
    width, height = Image.open(io.BytesIO(png)).size
    assert box[0] < width * 0.1
    assert box[2] < width * 0.4
    assert box[3] < height * 0.15


def test_an_area_of_a_scan_is_marked_by_its_shares_of_the_page() -> None:
    answer, png = draw(scans("TIFF", frames=2), 2, ["a scan has no text"], [(0.5, 0.5, 0.25, 0.1)])
    assert answer == {"text": "", "found": []}
    box = yellow(png)
    assert box is not None
    width, height = Image.open(io.BytesIO(png)).size
    shares = (box[0] / width, box[1] / height, box[2] / width, box[3] / height)
    assert shares == pytest.approx((0.5, 0.5, 0.75, 0.6), abs=0.05)


async def test_a_page_is_drawn_by_another_process_and_a_bad_file_is_a_problem_in_words() -> None:
    renderer = PageRenderer()
    drawn = await renderer.draw(a_pdf("Six weeks"), 1, ["six weeks"], ())
    assert drawn.picture.startswith(b"\x89PNG")
    assert "<mark>Six weeks</mark>" in drawn.document("A <title>")
    assert "A &lt;title&gt;" in drawn.document("A <title>")
    with pytest.raises(Problem) as refused:
        await renderer.inspect(b"%PDF-1.7 nothing")
    assert "needs a password" in refused.value.detail
