"""Shared by every page: the frame, macros, style, scripts, navigation, toasts and pages for errors."""
