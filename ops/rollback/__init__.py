"""Going back to an earlier release (M16, M34): what is chosen, done step by step, told to the journal, and verified.

What moves an alias or restores an object, and which release is gone back to, is in `lambda_src.operations`: the alarm's
state machine does the same.
"""
