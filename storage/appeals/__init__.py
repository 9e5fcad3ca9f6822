"""Appeals: filing, actions, effects and queries."""
