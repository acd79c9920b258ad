"""From raw records to normalised events: inputs, parsers, quarantine."""
