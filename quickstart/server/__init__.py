"""The life of a local MLflow server: store, port, record, launch, stop."""
