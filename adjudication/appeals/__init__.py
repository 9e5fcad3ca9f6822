"""Appeals: appellants, time limits, deciders and consequences. Rules are data (policies/law/appeals). Pure."""
