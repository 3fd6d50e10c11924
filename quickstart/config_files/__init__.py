"""Other tools' files of credentials: one section of ours is written, found again and taken out; the rest stays."""
