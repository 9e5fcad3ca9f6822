"""What every page shares: the frame, macros, style, scripts, navigation, toasts and pages for errors."""
