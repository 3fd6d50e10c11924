"""What runs the steps of a plan, and what undoes them."""
