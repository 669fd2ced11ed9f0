"""The Kubernetes manifests: valid by their schemas, as strict as they claim, and of one piece."""

import os
import re
import subprocess

import kubernetes_validate
import pytest
import yaml
from cloudcoil.models.prometheus_operator.v1 import PrometheusRule, ServiceMonitor
from engine import ROOT
from monitoring import DEPLOY, RULES
from test_monitoring import lost

KUBERNETES = ROOT / "deploy" / "kubernetes"
VERSIONS = ("1.29", "1.37")  # of Kubernetes: the oldest that the Hub's chart still takes, and the newest
# README.md of deploy/kubernetes makes the secret of these, and of the settings.
SECRET = {"corncob_api_token", "metrics_token", "metrics_token_sha256"}


def manifests():
    return {path.name: yaml.safe_load(path.read_text()) for path in sorted(KUBERNETES.glob("*.yaml"))}


def of_kind(kind):
    return next(manifest for manifest in manifests().values() if manifest["kind"] == kind)


def pod():
    return of_kind("Deployment")["spec"]["template"]["spec"]


def container():
    (only,) = pod()["containers"]
    return only


def test_all_of_them_are_there():
    kinds = {manifest["kind"] for manifest in manifests().values()}
    assert kinds == {
        "Deployment", "Service", "ServiceMonitor", "PodDisruptionBudget", "NetworkPolicy", "PersistentVolumeClaim",
    }  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", [name for name in manifests() if name != "servicemonitor.yaml"])
def test_kubernetes_takes_it(name, version):
    kubernetes_validate.validate(manifests()[name], version, strict=True)


def test_the_validator_refuses_what_is_wrong():
    wrong = of_kind("Deployment")
    wrong["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_the_operator_takes_the_service_monitor():
    """By models made of its CRDs, which keep what they know."""

    def kept(manifest):
        return ServiceMonitor.model_validate(manifest).model_dump(by_alias=True, exclude_none=True, mode="json")

    monitor = of_kind("ServiceMonitor")
    assert lost(monitor, kept(monitor)) == []
    monitor["spec"]["endpoints"][0]["every"] = "15s"
    assert lost(monitor, kept(monitor)) == [".spec.endpoints[0].every: '15s'"]


def test_the_pod_is_restricted():
    """The Pod Security Standard `restricted`, and more."""
    of_pod, of_container = pod()["securityContext"], container()["securityContext"]
    assert of_pod["runAsNonRoot"] is True and of_pod["runAsUser"] == 10001
    assert of_pod["seccompProfile"]["type"] in ("RuntimeDefault", "Localhost")
    assert of_container == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert pod()["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod())
    assert all(set(volume) <= {"name", "secret", "persistentVolumeClaim", "emptyDir"} for volume in pod()["volumes"])
    assert container()["resources"]["limits"]["memory"] and container()["resources"]["requests"]["memory"]
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(container())


def test_they_fit_together():
    labels = of_kind("Deployment")["spec"]["template"]["metadata"]["labels"]
    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}
    for selector in (
        of_kind("Deployment")["spec"]["selector"]["matchLabels"], of_kind("Service")["spec"]["selector"],
        of_kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        of_kind("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    ):  # fmt: skip
        assert selector.items() <= labels.items()
    service = of_kind("Service")
    assert {port["targetPort"]: port["port"] for port in service["spec"]["ports"]} == ports
    monitor = of_kind("ServiceMonitor")["spec"]
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert service["metadata"]["labels"][monitor["jobLabel"]] == "corncob"
    (endpoint,) = monitor["endpoints"]
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert endpoint["authorization"]["credentials"] == {"name": "corncob", "key": "metrics_token"}
    assert {mount["name"] for mount in container()["volumeMounts"]} == {volume["name"] for volume in pod()["volumes"]}
    claims = [volume["persistentVolumeClaim"] for volume in pod()["volumes"] if "persistentVolumeClaim" in volume]
    assert claims == [{"claimName": of_kind("PersistentVolumeClaim")["metadata"]["name"]}]


def test_they_fit_the_configuration():
    """Ports, the prefix and the time to drain are those of the settings that are shipped."""
    settings = yaml.safe_load((DEPLOY / "corncob-behind-hub.yaml").read_text())
    environment = {each["name"]: each["value"] for each in container()["env"]}
    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}
    assert ports == {"http": 8888, "metrics": settings["metrics"]["port"]}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container()[probe]["httpGet"]["path"].startswith(environment["JUPYTERHUB_SERVICE_PREFIX"])
    assert pod()["terminationGracePeriodSeconds"] > settings.get("server", {}).get("drain_timeout_seconds", 20)
    readme = (KUBERNETES / "README.md").read_text()
    assert SECRET == {name for name in SECRET if f"secrets/{name}" in readme}
    assert "--from-file=corncob.yaml=corncob-behind-hub.yaml" in readme
    (config,) = (volume["secret"]["items"] for volume in pod()["volumes"] if volume["name"] == "config")
    assert {each["key"]: each["path"] for each in config} == {
        name: name for name in (SECRET | {"corncob.yaml"}) - {"metrics_token"}
    }
    assert environment["JUPYTERHUB_API_TOKEN_FILE"] == "/etc/corncob/corncob_api_token"
    assert environment["CORNCOB_METRICS_TOKEN_SHA256_FILE"] == "/etc/corncob/metrics_token_sha256"


def test_the_rules_become_a_prometheus_rule_as_the_page_says(tmp_path):
    """The page's own commands, with a kubectl that keeps what it is given."""
    (example,) = re.findall(r"^```sh\n(\{ printf .*?)^```$", (KUBERNETES / "README.md").read_text(), re.M | re.S)
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\n[ "$1" != apply ] || cat >{tmp_path}/applied\n')
    kubectl.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    subprocess.run(["bash", "-ec", example], cwd=ROOT, env={**os.environ, "PATH": path}, check=True, timeout=30)
    manifest = yaml.safe_load((tmp_path / "applied").read_text())
    assert manifest["spec"] == yaml.safe_load(RULES.read_text())
    kept = PrometheusRule.model_validate(manifest).model_dump(by_alias=True, exclude_none=True, mode="json")
    assert lost(manifest, kept) == []
    files = re.findall(r"--from-file=(\S+)", (tmp_path / "asked").read_text())
    assert files and all((ROOT / name).is_file() for name in files)
