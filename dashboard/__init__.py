"""What an analyst sees: pages, the pieces they share, and the routes that feed them."""
