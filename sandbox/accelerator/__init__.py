"""Anycast: two fixed addresses announced from every edge location, and the backbone to the nearest healthy region."""
