"""Draw the sample faces of static/img/samples/, with which a new user can try everything:

    python -m tests.support.make_samples

They come from the same statistical model as the faces of the tests: nobody's portraits.
"""

from pathlib import Path

from PIL import Image

from tests.support.faces import face_image

OUT = Path(__file__).resolve().parents[2] / "static" / "img" / "samples"
PEOPLE = {"noor": 1, "ida": 5, "emil": 7}  # identities of tests.support.faces
PHOTOS = 3
BETWEEN = (
    "ida",
    "noor",
    0.58,
)  # so much of the second: the default model cannot tell it from the first
SIDE, MARGIN = 420, 34  # pixels; the margin has the edges of what was turned


def main() -> None:
    photos = {}
    for name, identity in PEOPLE.items():
        for number in range(PHOTOS):
            image = face_image(identity, number, size=SIDE)
            photos[name, number] = inner = image.crop(
                (MARGIN, MARGIN, SIDE - MARGIN, SIDE - MARGIN)
            )
            inner.save(OUT / f"{name}-{number + 1}.jpg", quality=85)
    one, other, share = BETWEEN
    blended = Image.blend(photos[one, 0], photos[other, 0], share)
    blended.save(OUT / "between.jpg", quality=85)


if __name__ == "__main__":
    main()
