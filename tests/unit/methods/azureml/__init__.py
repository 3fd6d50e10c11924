"""What of Azure ML can be told without a workspace: addresses, pairs of versions, ways to log in."""
