"""The dossier of the guarantees: who promised what, whether it is enough, and what it costs, as files and pages."""
