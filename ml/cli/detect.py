"""Find and measure the faces in a photo. Exit status: 0 faces found, 1 error, 2 refused or no face."""

import json
from pathlib import Path

from ml.cli import add_model_arguments, load_verifier


def add_arguments(parser) -> None:
    parser.add_argument("image", metavar="IMG")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print boxes, landmarks and quality")
    output.add_argument("--out", metavar="PNG", help="write the photo with the faces marked")
    add_model_arguments(parser)


def run(args) -> int:
    data = Path(args.image).read_bytes()
    photo = load_verifier(args).finder.find(data)
    faces = photo.faces
    if not faces:
        photo.choose()  # raises the refusal
    if args.json:
        answer = {
            "image": {"width": photo.width, "height": photo.height},
            "turned": photo.turned,
            "searched_down_to": photo.searched_down_to,
            "faces": [face.to_dict() for face in faces],
        }
        print(json.dumps(answer))
        return 0
    for face in faces:
        left, top, right, bottom = face.box
        print(
            f"face {face.index}: {right - left:.0f} x {bottom - top:.0f} at {left:.0f},{top:.0f}, "
            f"score {face.score:.3f}, quality {face.quality.overall:.2f}"
        )
    if args.out:
        _annotate(data, faces, args.out)
    return 0


def _annotate(data: bytes, faces, path: str) -> None:
    from PIL import Image, ImageDraw

    from ml import images

    picture = Image.fromarray(images.decode(data))
    draw = ImageDraw.Draw(picture)
    width = max(2, round(max(picture.size) / 300))
    for face in faces:
        draw.rectangle([float(value) for value in face.box], outline="#1fb57a", width=width)
        draw.text(
            (float(face.box[0]) + width, float(face.box[1]) + width),
            str(face.index),
            fill="#1fb57a",
        )
        for x, y in face.landmarks:
            draw.ellipse([x - width, y - width, x + width, y + width], fill="#ffc247")
    picture.save(path, "PNG")
