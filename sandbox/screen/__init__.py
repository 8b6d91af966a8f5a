"""The program behind port 4500: the console, with labs and drills handed to it."""
