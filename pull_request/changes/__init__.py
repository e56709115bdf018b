"""Two sets of synthesised templates, compared as `cdk diff` compares them, and told to a reviewer."""
