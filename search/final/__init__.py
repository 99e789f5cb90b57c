"""The chosen configuration: exported, trained on all data, used."""
