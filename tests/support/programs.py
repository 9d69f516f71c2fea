"""A program that uses a site over REST."""

import requests

from tests.support.servers import PATIENCE, Site, eventually


class Client:
    """A program with an API key."""

    def __init__(self, site: Site, key: str):
        self.site = site
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"
        self.session.headers["Connection"] = "close"  # tests pause longer than servers keep one

    def submit(self, probe: bytes, reference: bytes, *, wait: int = 0, **options):
        return self.session.post(
            f"{self.site.url}/api/v1/verifications/",
            params={"wait": wait},
            files={"probe": ("probe.jpg", probe), "reference": ("reference.jpg", reference)},
            data=options,
            timeout=60,
        )

    def verdict(self, probe: bytes, reference: bytes) -> dict:
        """What comes of a submission, however long it takes."""
        return self.finished(self.submit(probe, reference).json()["id"])

    def get(self, id: str) -> dict:
        answer = self.session.get(f"{self.site.url}/api/v1/verifications/{id}/", timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def finished(self, id: str, patience: float = PATIENCE) -> dict:
        """The verification, once it is finished."""
        unfinished = ("pending", "running")
        return eventually(
            lambda: (v := self.get(id))["state"] not in unfinished and v,
            f"the verdict on {id}",
            patience,
        )

    def in_state(self, id: str, state: str) -> dict:
        return eventually(lambda: (v := self.get(id))["state"] == state and v, f"{state} of {id}")
