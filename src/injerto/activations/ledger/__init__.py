"""The ledger: sums over examples, by class, group and user, that heads are solved from; see README.md beside it."""
