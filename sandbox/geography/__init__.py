"""Where places are, how long a round trip between them takes, which addresses they have. Pure, over data files."""
