"""Where the middleware leads requests to `/` of clients of Amazon Rekognition."""

from django.urls import path

from .views import RekognitionView

urlpatterns = [path("rekognition/", RekognitionView.as_view(), name="rekognition")]
