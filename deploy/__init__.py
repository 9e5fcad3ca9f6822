"""What runs the product: the local stack now; images, charts and dashboards later."""
