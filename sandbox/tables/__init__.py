"""DynamoDB of one region: tables, indexes, expressions, transactions, streams. Pure: no await, no clock, no socket."""
