"""Reviewed corrections: an overlay of values between cast rows and candidates; raw and cast values stay as they are."""
