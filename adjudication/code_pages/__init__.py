"""The two code pages as data that can be checked: statements about codes, and lint against the public record."""
