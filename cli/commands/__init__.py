"""The commands of `claimwright`, grouped by what they are about."""
