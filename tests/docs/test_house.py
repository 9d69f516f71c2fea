"""The picture of the rooms shows the rooms there are."""

from scripts.house import PICTURE, draw


def test_the_picture_of_the_rooms_is_up_to_date():
    assert PICTURE.read_text() == draw(), "python scripts/house.py draws it anew"
