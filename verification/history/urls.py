"""Pages of this part."""

urlpatterns = []
