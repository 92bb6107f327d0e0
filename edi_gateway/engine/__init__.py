"""Programs in processes of their own, which answer questions about documents: whatever happens to them stays there."""
