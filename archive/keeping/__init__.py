"""Keeping an archive: its bytes verified, its figures, small segments merged, what is erased or expired taken out."""
