"""Workers on other machines, through a scheduler of Dask's."""
