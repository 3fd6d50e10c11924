"""What the method "sagemaker" decides, without a service."""
