"""The commands, one file each: parse, call, hand the outcome to output/."""
