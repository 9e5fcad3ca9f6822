"""Dead letters (refused events): showing, replaying and closing them."""
