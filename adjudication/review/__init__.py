"""What people may do with a waiting claim: roles and licences, settlements of pends, the life of a case. Pure."""
