"""The whole loop on real digits, driven as its users would: REST, commands, sign-in."""
