"""Settings, paths, the state database, logging: what every feature stands on."""
