"""Creates the topics before anything subscribes: Faust only warns about a missing topic and then idles for ever."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from contracts.topics import RESERVED_TOPICS, TOPICS, Topic

ALL_TOPICS = (*TOPICS, *RESERVED_TOPICS)


async def create_topics(bootstrap: str, topics: Sequence[Topic] = ALL_TOPICS, replication: int = 1) -> int:
    """Create the missing topics and return how many there were. Existing ones keep their partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        known = set(await admin.list_topics())
        missing = [t for t in topics if t.name not in known]
        if missing:
            wanted = [NewTopic(t.name, t.partitions, replication) for t in missing]
            answer = await admin.create_topics(wanted)
            for topic, code, *_ in answer.topic_errors:
                error = for_code(code)
                if code and error is not TopicAlreadyExistsError:
                    msg = f"Kafka refused to create {topic}: {error.__name__}; check the broker and its permissions"
                    raise RuntimeError(msg)
        return len(missing)
    finally:
        await admin.close()
