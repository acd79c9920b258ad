"""Room: sigma."""
