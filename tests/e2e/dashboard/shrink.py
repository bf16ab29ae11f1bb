"""Make pictures small: `uv run --no-project --with pillow python tests/e2e/dashboard/shrink.py FOLDER`."""

import sys
from pathlib import Path

COLOURS = 128
WIDEST = 1100


def main() -> int:
    """Write every PNG of a folder anew with few colours, which a page of text and lines hardly shows."""
    from PIL import Image  # type: ignore[import-not-found]  # noqa: PLC0415 - in an environment of its own

    for path in sorted(Path(sys.argv[1]).glob("*.png")):
        picture = Image.open(path)
        if picture.mode != "P":
            picture = picture.convert("RGB")
            picture.thumbnail((WIDEST, WIDEST * 2), Image.Resampling.LANCZOS)
            # Colours far apart, not the most frequent: gains and losses take up little room. Then each as it mostly is.
            few = picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
            few.save(path, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
