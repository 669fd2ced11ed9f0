"""What deploy/docker/ ships for Prometheus and Grafana, read for tests: expressions, rules, configuration."""

import json
import re

import yaml
from daemon import ROOT

DEPLOY = ROOT / "deploy" / "docker"
RULES = DEPLOY / "prometheus" / "alerts.yml"
PROMETHEUS_CONFIG = DEPLOY / "prometheus" / "prometheus.yml"
DASHBOARD = DEPLOY / "grafana" / "dashboards" / "corncob.json"

# What Grafana puts in the place of its variables; `All` of one with many values is its allValue.
VARIABLES = {"$__rate_interval": "5m", "$__interval": "15s", "$__range": "1h"}


def dashboard():
    return json.loads(DASHBOARD.read_text())


def panels(board):
    """Those that show something, of rows that are closed, too."""
    for panel in board["panels"]:
        if panel["type"] == "row":
            yield from panel["panels"]
        else:
            yield panel


def variables(board):
    """{name: (metric, label)} of the dashboard's own."""
    found = {}
    for variable in board["templating"]["list"]:
        found[variable["name"]] = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"]).groups()
    return found


def expressions(board, values):
    """(title, expression) of every target, with `values` in the place of the dashboard's variables."""
    substitutes = {**VARIABLES, **{f"${name}": value for name, value in values.items()}}
    for panel in panels(board):
        for target in panel["targets"]:
            expression = target["expr"]
            for name, value in substitutes.items():
                expression = expression.replace(name, value)
            yield panel["title"], expression


def rules():
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def left_sides(expression):
    """Of an alert's expression: what is compared, one for every comparison."""
    sides = re.split(r"\n(?:and|unless|or) ", expression.strip())
    return [re.sub(r"^absent\((.*)\)$", r"\1", re.sub(r" (>|<|==) [\d. *]+$", "", side)) for side in sides]


def prometheus_config(target_port, token_file):
    """The one that is shipped, with nothing changed but places and the time between two scrapes."""
    config = yaml.safe_load(PROMETHEUS_CONFIG.read_text())
    config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(PROMETHEUS_CONFIG.parent / name) for name in config["rule_files"]]
    config["scrape_configs"] = [job for job in config["scrape_configs"] if job["job_name"] == "corncob"]
    (job,) = config["scrape_configs"]
    job["authorization"]["credentials_file"] = str(token_file)
    job["static_configs"][0]["targets"] = [f"127.0.0.1:{target_port}"]
    return config
