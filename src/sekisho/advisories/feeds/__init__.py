"""One file a feed: fetch → records, with licence, default URL and cadence."""
