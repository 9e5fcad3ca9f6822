"""Draws one page of a file as a picture, with the places of facts marked. Runs in a separate process (rendering.py).

A file may be malicious. So only pixels and text of it reach a browser: PDF scripts are not in this
build of PDFium, images are decoded and written again, and the process has no credentials, little memory and little time.
"""

from __future__ import annotations

import ctypes
import io
import json
import re
import resource
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pypdfium2 as pdfium
from PIL import Image, ImageDraw, UnidentifiedImageError
from pypdfium2 import raw

MOST_PAGES: Final = 500
LINES_OF_A_PAGE: Final = 80
_WIDTH: Final = 1240
"""Pixels of a drawn page: letter paper at 150 dots per inch."""
_MOST_PIXELS: Final = 60_000_000
_MEMORY: Final = 2 << 30
_SECONDS: Final = 20
_MARK: Final = (255, 214, 0, 96)
_EDGE: Final = (180, 95, 6, 255)
_IMAGES: Final = {"image/png": "PNG", "image/jpeg": "JPEG", "image/tiff": "TIFF"}
_BEGINS: Final = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
}
_NOT_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")

Box = tuple[float, float, float, float]


class UnreadableFileError(Exception):
    """The file cannot be shown; the text says why and what to do."""


def media_type(body: bytes) -> str:
    """Return the type of a file by its bytes; raises UnreadableFileError for one that is not shown."""
    for begins, found in _BEGINS.items():
        if body.startswith(begins):
            return found
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if not text.strip() or _NOT_TEXT.search(text):
        raise UnreadableFileError(
            "this is no PDF, PNG, JPEG or TIFF and no text in UTF-8; save it as one of these first"
        )
    return "text/plain"


def inspect(body: bytes) -> dict[str, Any]:
    """Return the type of a file and how many pages it has, after reading the first one."""
    found = media_type(body)
    pages = _pages(body, found)
    if not 0 < pages <= MOST_PAGES:
        raise UnreadableFileError(f"the file has {pages} pages; split it into files of 1 to {MOST_PAGES} pages")
    draw(body, 1, (), ())
    return {"media_type": found, "pages": pages}


def draw(body: bytes, page: int, quotes: Sequence[str], areas: Sequence[Box]) -> tuple[dict[str, Any], bytes]:
    """Return the text of a page, the places of quotes in it, and its picture as PNG; no picture of a text file."""
    found = media_type(body)
    if found == "text/plain":
        text = "".join(_text_pages(body)[page - 1])
        return {"text": text, "found": _places(text, quotes)}, b""
    if found == "application/pdf":
        picture, text, boxes = _pdf_page(body, page, quotes)
    else:
        picture, text, boxes = _image_page(body, found, page), "", []
    width, height = picture.size
    boxes += [(x * width, y * height, (x + w) * width, (y + h) * height) for x, y, w, h in areas]
    written = io.BytesIO()
    _marked(picture, boxes).save(written, "PNG", compress_level=3)
    return {"text": text, "found": _places(text, quotes)}, written.getvalue()


def _places(text: str, quotes: Sequence[str]) -> list[tuple[int, int]]:
    """Return the positions of quotes in a text, ignoring line breaks and case."""
    found = []
    for words in (quote.split() for quote in quotes):
        pattern = re.compile(r"\s+".join(re.escape(word) for word in words), re.IGNORECASE)
        found += [match.span() for match in pattern.finditer(text) if words]
    return sorted(found)


def _pages(body: bytes, found: str) -> int:
    if found == "text/plain":
        return len(_text_pages(body))
    if found == "application/pdf":
        return len(_pdf(body))
    return getattr(_image(body, found), "n_frames", 1)


def _text_pages(body: bytes) -> list[list[str]]:
    lines = body.decode("utf-8-sig").splitlines(keepends=True)
    return [lines[at : at + LINES_OF_A_PAGE] for at in range(0, len(lines), LINES_OF_A_PAGE)]


def _pdf(body: bytes) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(body)
        document.init_forms()
    except pdfium.PdfiumError:
        words = "this PDF is damaged or needs a password; save it without a password, or print it to a new PDF"
        raise UnreadableFileError(words) from None
    return document


def _pdf_page(body: bytes, number: int, quotes: Sequence[str]) -> tuple[Image.Image, str, list[Box]]:
    page = _pdf(body)[number - 1]
    width, height = page.get_size()
    scale = _WIDTH / width
    if width * height * scale * scale > _MOST_PIXELS:
        raise UnreadableFileError("this page is too long to be drawn; print the file on ordinary paper sizes")
    picture = page.render(scale=scale).to_pil().convert("RGB")
    words = page.get_textpage()
    text = words.get_text_range()
    boxes = []
    for start, end in _places(text, quotes):
        rectangles = range(words.count_rects(start, end - start))
        boxes += [_on_picture(page, picture, words.get_rect(each)) for each in rectangles]
    return picture, text, boxes


def _on_picture(page: Any, picture: Image.Image, corners: Box) -> Box:
    """Turn a rectangle of a PDF page (left, bottom, right, top in points) into pixels, as the page is turned and cut."""
    width, height = picture.size
    points = []
    for x, y in ((corners[0], corners[1]), (corners[2], corners[3])):
        right, down = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, right, down)
        points.append((right.value, down.value))
    (x1, y1), (x2, y2) = points
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _image(body: bytes, found: str) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS // 2  # Pillow refuses twice as many
    try:
        return Image.open(io.BytesIO(body), "r", [_IMAGES[found]])
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError):
        raise UnreadableFileError("this picture is damaged or too large; scan it again, or save it as PNG") from None


def _image_page(body: bytes, found: str, number: int) -> Image.Image:
    image = _image(body, found)
    try:
        image.seek(number - 1)
        picture = image.convert("RGB")
    except (Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError):
        raise UnreadableFileError("this picture is damaged or too large; scan it again, or save it as PNG") from None
    picture.thumbnail((_WIDTH, _WIDTH * 4))
    return picture


def _marked(picture: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    for left, top, right, bottom in boxes:
        pen.rectangle((left - 3, top - 3, right + 3, bottom + 3), fill=_MARK, outline=_EDGE, width=2)
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def _limit() -> None:
    for what, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, _SECONDS), (resource.RLIMIT_FSIZE, 0)):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _answer(asked: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        if "page" not in asked:
            return inspect(body), b""
        areas = [(float(x), float(y), float(w), float(h)) for x, y, w, h in asked["areas"]]
        return draw(body, int(asked["page"]), asked["quotes"], areas)
    except UnreadableFileError as error:
        return {"refused": str(error)}, b""


def main() -> None:
    """Read a line of JSON and the file from standard input; write a line of JSON and the picture."""
    _limit()
    line, _, body = sys.stdin.buffer.read().partition(b"\n")
    answer, picture = _answer(json.loads(line), body)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + picture)


if __name__ == "__main__":
    main()
