"""From a scenario and its tables to the numbers of each chapter."""
