"""A trained model outside of injerto: exported graphs, proved equal before they are written, and opened again."""
