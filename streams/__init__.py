"""The Kafka edge: intake and publisher (aiokafka, nothing may be lost), feeds (Faust, rebuildable from topics)."""
