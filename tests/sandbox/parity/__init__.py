"""The same small programs through both drivers of the sandbox.

`programs/` holds one scenario a file: runs of a program, one after the other, over one state. `recorded/` holds what the
real engine made of each; `python -m tests.sandbox.parity.record` records anew where there is a `pulumi` on PATH.
"""
