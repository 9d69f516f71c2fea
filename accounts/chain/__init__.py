"""Append-only sequences of rows in which each row holds the hash of the one before.

For the audit log and the receipts of erasures: derive a model from `models.ChainedEntry`, protect its table with
`triggers.AppendOnlyTable` in a migration, and write with `sealing.append`; `checking.verify` names the first
entry that does not fit.

What it shows, and what it cannot. The hash of an entry is the SHA-256 of what it says and of the hash before: who
changes, takes out or inserts an entry has to compute all later ones anew. The seal of an entry is an HMAC of its
hash with a key derived from FACEVERIFY_SECRET_KEY, so whoever has the database alone cannot do that. They can cut
off the newest entries, or put an older copy of the whole database in its place: that shows only beside a hash
that is kept elsewhere (an export, a receipt, what `verify_audit` printed). Who has the secret key as well can write
any history. Hashes can be checked without the key.
"""
