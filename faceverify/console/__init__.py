"""The operator's console: accounts, work and health, for staff.

Staff see numbers, states and ids. What users stored (photos, names in galleries, file names, notes,
titles, verdicts) is never read here.
"""
