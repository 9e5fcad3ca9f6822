"""Deployment of the product: the local stack, the image, the compose file, the chart, alerts and dashboards."""
