"""The manifests of deploy/kubernetes, checked by the schemas of Kubernetes and against compose.yaml."""

import re

import kubernetes_validate
import pytest
import requests
import yaml

from faceverify.checks import known_settings
from tests.support.servers import ROOT

FOLDER = ROOT / "deploy/kubernetes"
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
PROCESSES = [line.partition(":")[0] for line in (ROOT / "Procfile").read_text().splitlines()]
DOCUMENTS = {
    f"{path.stem}-{document['kind']}-{document.get('metadata', {}).get('name', '')}": document
    for path in sorted(FOLDER.glob("*.yaml"))
    for document in yaml.safe_load_all(path.read_text())
}
KUSTOMIZATION = next(d for d in DOCUMENTS.values() if d["kind"] == "Kustomization")


def of_kind(kind):
    return {d["metadata"]["name"]: d for d in DOCUMENTS.values() if d["kind"] == kind}


DEPLOYMENTS = of_kind("Deployment")
PODS = {
    name: document["spec"]["template"]["spec"]
    for name, document in (DEPLOYMENTS | of_kind("Job")).items()
}
SETTINGS = of_kind("ConfigMap")["faceverify-settings"]["data"]
SECRETS = of_kind("Secret")["faceverify-secrets"]["stringData"]


def seconds(text):
    return int(text.removesuffix("s"))


@pytest.mark.parametrize(
    "name", [name for name, d in DOCUMENTS.items() if d["kind"] != "Kustomization"]
)
def test_kubernetes_knows_every_word_of_it(name):
    kubernetes_validate.validate(DOCUMENTS[name], "1.34", strict=True)


def test_every_file_is_applied_but_the_examples_and_what_is_asked_for():
    files = {path.name for path in FOLDER.glob("*.yaml")}

    left_out = files - set(KUSTOMIZATION["resources"])
    assert left_out == {"kustomization.yaml", "secrets.example.yaml", "pgbouncer.yaml"}


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_runs_as_in_compose(name):
    ours, composed = PODS[name], COMPOSE[name]

    (container,) = ours["containers"]
    assert container["command"] == composed["command"]
    assert container["image"] == composed["image"] == KUSTOMIZATION["images"][0]["name"]
    grace = seconds(composed.get("stop_grace_period", "10s"))
    assert ours["terminationGracePeriodSeconds"] >= grace


def test_what_a_process_is_told_in_compose_it_is_told_here():
    composed = {name for service in COMPOSE.values() for name in service.get("environment", {})}
    known = known_settings() & composed

    own = {
        entry["name"]
        for pod in PODS.values()
        for container in pod["containers"]
        for entry in container.get("env", [])
    }
    assert {"DATABASE_URL", "REDIS_URL", "FACEVERIFY_PGBOUNCER"} <= known
    assert known - SETTINGS.keys() - SECRETS.keys() - own == {"FACEVERIFY_REDIS_PASSWORD"}


def test_every_setting_has_the_name_of_one():
    written = set(re.findall(r"\b(FACEVERIFY_\w+)", "".join(map(str, DOCUMENTS.values()))))

    assert written - known_settings() == set()


def test_only_the_secret_holds_what_is_secret():
    assert not {name for name in SETTINGS if re.search("KEY|PASSWORD|SECRET|TOKEN|_URL", name)} - {
        "FACEVERIFY_REDIS_KEY"  # a path
    }


@pytest.mark.parametrize("name", PODS)
def test_a_pod_can_change_nothing_but_its_data(name):
    pod = PODS[name]

    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in [*pod["containers"], *pod.get("initContainers", [])]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted <= {volume["name"] for volume in pod["volumes"]}


def test_a_web_process_has_the_time_to_stop_that_it_needs():
    from faceverify import gunicorn

    needed = int(SETTINGS["FACEVERIFY_DRAIN_SECONDS"]) + gunicorn.graceful_timeout
    assert PODS["web"]["terminationGracePeriodSeconds"] > needed
    composed = int(COMPOSE["web"]["environment"]["FACEVERIFY_DRAIN_SECONDS"])
    assert seconds(COMPOSE["web"]["stop_grace_period"]) > composed + gunicorn.graceful_timeout
    kept = re.search(r"keepalive_timeout (\d+)s;  # shorter",
                     (ROOT / "deploy/nginx/faceverify.conf").read_text())  # fmt: skip
    assert kept
    assert int(kept[1]) < composed


def test_services_budgets_and_the_proxy_lead_to_something():
    services, ports = of_kind("Service"), {}
    for name, pod in PODS.items():
        ports[name] = {p["name"]: p["containerPort"] for c in pod["containers"] for p in c.get("ports", [])}  # fmt: skip

    for name, service in services.items():
        if selector := service["spec"].get("selector"):
            assert DEPLOYMENTS[name]["spec"]["template"]["metadata"]["labels"] == selector
            assert {p["targetPort"] for p in service["spec"]["ports"]} <= ports[name].keys()
    assert ports["web"] == {"http": int(SETTINGS["PORT"])}
    bound = {e["name"]: e["value"] for e in PODS["live"]["containers"][0]["env"]}
    assert bound["FACEVERIFY_LIVE_BIND"] == f"0.0.0.0:{ports['live']['http']}"
    for kind in ("PodDisruptionBudget", "HorizontalPodAutoscaler"):
        assert of_kind(kind).keys() <= DEPLOYMENTS.keys()
    led_to = {
        path["backend"]["service"]["name"]
        for ingress in of_kind("Ingress").values()
        for rule in ingress["spec"]["rules"]
        for path in rule["http"]["paths"]
    }
    assert led_to == {"web", "live", "nowhere"}
    assert "selector" not in services["nowhere"]["spec"]


def test_pgbouncer_is_set_up_as_in_compose():
    mounted = of_kind("ConfigMap")["pgbouncer"]["data"]["pgbouncer.ini"]

    assert mounted == (ROOT / "deploy/pgbouncer/pgbouncer.ini").read_text()
    assert PODS["pgbouncer"]["containers"][0]["image"] == COMPOSE["pgbouncer"]["image"]


def test_the_proxy_in_front_takes_what_the_one_of_compose_takes():
    nginx = (ROOT / "deploy/nginx/faceverify.conf").read_text()

    for ingress, place in (("faceverify", "server {"), ("cameras", "location /live/")):
        told = of_kind("Ingress")[ingress]["metadata"]["annotations"]
        size = re.search(rf"{re.escape(place)}(?:(?!{re.escape(place)}).)*?client_max_body_size (\w+);", nginx[nginx.rindex(place):], re.S)  # fmt: skip
        assert size
        assert told["nginx.ingress.kubernetes.io/proxy-body-size"] == size[1]


def test_probes_are_answered_by_the_process(place):
    web = PODS["web"]["containers"][0]

    for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = web[kind]["httpGet"]
        headers = {header["name"]: header["value"] for header in asked["httpHeaders"]}
        answer = requests.get(place.url + asked["path"], headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
