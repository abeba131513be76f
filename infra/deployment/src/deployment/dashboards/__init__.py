"""Grafana's dashboards as code: `python -m deployment.dashboards` writes the JSON that is provisioned."""
