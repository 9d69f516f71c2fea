"""How an endpoint says that it will go."""

from datetime import UTC, datetime

import pytest
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from faceverify.api.deprecation import Deprecation
from faceverify.api.endpoint import Endpoint

pytestmark = pytest.mark.django_db


class Going(Endpoint, APIView):
    permission_classes = []
    deprecated = Deprecation(
        since=datetime(2026, 1, 1, tzinfo=UTC),
        sunset=datetime(2027, 1, 1, tzinfo=UTC),
        link="https://example.org/changes",
    )

    def get(self, request):
        return Response({})


class Staying(Going):
    deprecated = None


urlpatterns = [path("going/", Going.as_view()), path("staying/", Staying.as_view())]


@pytest.mark.urls(__name__)
def test_since_when_until_when_and_where_to_read_on(anonymous_client):
    answer = anonymous_client.get("/going/")

    assert answer["Deprecation"] == "@1767225600"
    assert answer["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert answer["Link"] == '<https://example.org/changes>; rel="deprecation"'


@pytest.mark.urls(__name__)
def test_others_say_nothing(anonymous_client):
    assert not {"Deprecation", "Sunset"} & anonymous_client.get("/staying/").headers.keys()


@pytest.fixture
def anonymous_client():
    from rest_framework.test import APIClient

    return APIClient()
