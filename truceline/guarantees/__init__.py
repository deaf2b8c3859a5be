"""The guarantees behind an agreement: pledges, requirements, rotation, and the money.

Reads the blocks `pledge`, `requirement`, `meeting` and `programme` of an agreement. The types are
in `truceline.commitment`. Nothing here judges whether the ceasefire holds, and no suspicion of a
machine ever meets a trigger.
"""
