"""The actions of people on a pended claim: roles and licenses, resolutions of pends, the life of a case. Pure."""
