"""Reports on searches: incumbents, regret over cost, final regret, pictures, and the folder that holds them."""
