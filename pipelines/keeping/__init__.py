"""What keeps a desk: its log checked, copies of it, what must go and what must stay, what passes to other desks."""
