"""Galleries that several accounts share: invitations, roles, leaving, handing over."""
