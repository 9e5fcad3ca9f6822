"""What every page shares: templates, assets, layout, navigation, words for errors."""
