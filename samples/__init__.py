"""Made-up Access files, the generator that makes them, and the Jet 4 writer that tests use too."""
