"""GET /api/v1/schema/"""

from django.conf import settings
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient


def test_the_schema_is_valid_and_open_to_all(db):
    answer = APIClient().get("/api/v1/schema/?format=json")

    assert answer.status_code == 200
    validate_schema(answer.json())
    assert "/api/v1/verifications/" in answer.json()["paths"]
    assert answer.json()["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    assert settings.SPECTACULAR_SETTINGS["VERSION"] == answer.json()["info"]["version"]
