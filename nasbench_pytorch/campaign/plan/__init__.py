"""What a campaign trains: selection, plan, estimated cost."""
