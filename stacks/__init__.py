"""What is deployed together. Stacks wire constructs and define almost nothing themselves."""

from stacks.node import use_own_node

# Before anything imports aws_cdk, which starts Node.
use_own_node()
