"""Appeals: who may appeal, until when, who may decide, what follows. Rules are data (policies/law/appeals). Pure."""
