"""Which image formats are opened, and what the first bytes of a file say it is."""

from typing import Final

OPENED: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""The allow-list. Pillow can open about forty formats; the others are rare and have a history of faults."""

SUFFIXES: Final = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".gif": "GIF",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
"""File name endings of the opened formats. The content decides; the ending only says what to look at."""

REFUSED_SUFFIXES: Final = frozenset(
    {".heic", ".heif", ".avif", ".psd", ".eps", ".ps", ".svg", ".ico", ".icns", ".jp2", ".j2k", ".jxl", ".tga", ".dds"}
    | {".pcx", ".ppm", ".pgm", ".pbm", ".exr", ".hdr", ".dcm", ".xcf"}
    | {".raw", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf"}
)
"""Endings of images that are not opened: such files are reported instead of passed over."""

_SIGNATURES: Final = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (8, b"WEBP", "WEBP"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),
    (0, b"MM\0+", "TIFF"),
    (0, b"8BPS", "PSD (Photoshop)"),
    (0, b"%!PS", "EPS (PostScript)"),
    (0, b"\xc5\xd0\xd3\xc6", "EPS (PostScript)"),
    (0, b"%PDF", "PDF"),
    (4, b"ftypavi", "AVIF"),
    (4, b"ftyphei", "HEIC"),
    (4, b"ftyphev", "HEIC"),
    (4, b"ftypmif", "HEIC"),
    (4, b"ftypmsf", "HEIC"),
    (4, b"ftypcrx ", "RAW (CR3)"),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"\0\0\0\x0cJXL ", "JPEG XL"),
    (0, b"\0\0\x01\0", "ICO"),
    (0, b"icns", "ICNS"),
    (0, b"DDS ", "DDS"),
    (0, b"\x76\x2f\x31\x01", "OpenEXR"),
    (0, b"gimp xcf", "XCF (GIMP)"),
    (128, b"DICM", "DICOM"),
    (0, b"P5", "PGM"),
    (0, b"P6", "PPM"),
)


def sniff_format(head: bytes) -> str | None:
    """The name of the image format whose signature `head` (the first 132 bytes) carries; None for no known one."""
    return next((name for start, mark, name in _SIGNATURES if head.startswith(mark, start)), None)


def sniff_page(head: bytes) -> str | None:
    """`html`, `svg`, `xml` or `text` where the first bytes are such; None for other content."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<!--")):
        return "html"
    if b"<svg" in text[:1000]:
        return "svg"
    if text.startswith(b"<?xml"):
        return "html" if b"<html" in text[:1000] else "xml"
    printable = sum(byte in b"\t\n\r" or 32 <= byte < 127 for byte in head)
    return "text" if head and printable == len(head) else None
