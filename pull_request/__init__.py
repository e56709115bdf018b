"""What a pull request is judged by: every check without the end-to-end suite, and what it would change where.

`make pr` runs it, and the workflow runs `make pr`. Templates are read as data: nothing here imports CDK.
"""
