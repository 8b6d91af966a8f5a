"""Clock, dice, journal, errors, tasks: what every room stands on. Standard library only."""
