"""Reports on searches: incumbents, regret over time, final regret, pictures, and the folder with all of them."""
