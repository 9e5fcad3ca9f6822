"""Reduces the fonts of printed letters (letters/fonts) to the needed characters; run it again after a change of the taglines.

    uv pip install --target FOLDER fontpkg-noto-sans==2.15 fontpkg-noto-sans-arabic==2.12 cvttf-notosanscjk-regular==1.0
    python -m tools.letter_fonts FOLDER

The fonts are Noto (SIL Open Font License 1.1). Latin, Greek and Cyrillic letters are kept whole, for names. Of Chinese,
Japanese and Korean only the characters of the taglines and the kana are kept.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from fontTools.varLib import instancer

from rulebook.library import default_policies_dir, load_library

FONTS: Final = Path(__file__).parent.parent / "letters" / "fonts"
_ASCII: Final = range(0x20, 0x7F)
_LATIN: Final = (
    _ASCII,
    range(0xA0, 0x250),
    range(0x370, 0x400),
    range(0x400, 0x530),
    range(0x1E00, 0x1F00),
    range(0x2010, 0x2040),
)
_ARABIC: Final = (_ASCII, range(0x600, 0x700), range(0xFB50, 0xFE00), range(0xFE70, 0xFF00))
_CJK: Final = (_ASCII, range(0x3000, 0x3100), range(0xFF00, 0xFF60))
_FIRST_CJK: Final = 0x1100
_OFF_BY: Final = 1.0
"""The maximum error of an outline, in 1/1000 of the font size."""
_SANS: Final = "fontpkg_noto_sans/files/NotoSans[wdth,wght].ttf"


def main() -> None:
    """Write the fonts into letters/fonts."""
    if len(sys.argv) != 2:
        raise SystemExit("name the folder with the three font packages; see the first lines of tools/letter_fonts.py")
    folder = Path(sys.argv[1])
    taglines = "".join(load_library(default_policies_dir()).letters.taglines.values())
    for weight, name in ((400, "Regular"), (700, "Bold")):
        _cut(_instance(folder / _SANS, weight), _LATIN, (), f"NotoSans-{name}.ttf")
    arabic = folder / "fontpkg_noto_sans_arabic/files/NotoSansArabic[wdth,wght].ttf"
    _cut(_instance(arabic, 400), _ARABIC, (), "NotoSansArabic-Regular.ttf")
    cjk = TTFont(folder / "cvttf_NotoSansCJK_Regular/NotoSansCJKtc-Regular.otf")
    _cut(cjk, _CJK, (ord(each) for each in taglines if ord(each) >= _FIRST_CJK), "NotoSansCJK-Regular.ttf")


def _instance(path: Path, weight: int) -> TTFont:
    """Return one weight of a variable font."""
    return instancer.instantiateVariableFont(TTFont(path), {"wght": weight, "wdth": 100})


def _cut(font: TTFont, ranges: Iterable[range], more: Iterable[int], name: str) -> None:
    options = subset.Options()
    # Text is printed without shaping: letters/pdf.py joins Arabic letters; other scripts need no shaping.
    options.layout_features, options.hinting, options.name_IDs, options.notdef_outline = [], False, ["*"], True
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes={code for each in ranges for code in each} | set(more))
    cutter.subset(font)
    if "CFF " in font:
        _to_quadratic(font)
    font.save(FONTS / name)


def _to_quadratic(font: TTFont) -> None:
    """Turn the cubic outlines of a font into those of TrueType, which every reader of PDF reads."""
    glyphs, outlines = font.getGlyphSet(), {}
    for name in font.getGlyphOrder():
        pen = TTGlyphPen(None)
        glyphs[name].draw(Cu2QuPen(pen, _OFF_BY, reverse_direction=True))
        outlines[name] = pen.glyph()
    font["loca"] = newTable("loca")
    font["glyf"] = glyf = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = font.getGlyphOrder(), outlines
    font["maxp"].tableVersion = 0x00010000
    for zero in ("maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
                 "maxSizeOfInstructions", "maxComponentElements"):  # fmt: skip
        setattr(font["maxp"], zero, 1 if zero == "maxZones" else 0)
    font["post"].formatType, font["post"].extraNames, font["post"].mapping = 2.0, [], {}
    del font["CFF "]
    if "VORG" in font:
        del font["VORG"]
    font.sfntVersion = "\x00\x01\x00\x00"


if __name__ == "__main__":
    main()
