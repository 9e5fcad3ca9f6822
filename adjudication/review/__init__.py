"""What people may do with a waiting claim: roles and licenses, settlements of pends, the life of a case. Pure."""
