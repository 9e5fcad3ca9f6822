"""A document is its submitter's: two submitters may use one document id. A dead letter keeps the hash and size of what came.

Earlier documents keep their rows; they gain nothing but a longer key. Earlier dead letters get the hash of what they hold.
"""

from __future__ import annotations

from alembic import op

revision = "0041"
down_revision = "0040"

UPGRADE = """
ALTER TABLE documents_closed DROP CONSTRAINT documents_closed_document_id_version_fkey;
ALTER TABLE documents DROP CONSTRAINT documents_pkey, ADD PRIMARY KEY (submitter, document_id, version);
CREATE INDEX documents_id ON documents (document_id);
ALTER TABLE documents_closed DISABLE TRIGGER documents_closed_stand, ADD COLUMN submitter text;
UPDATE documents_closed x SET submitter = d.submitter FROM documents d
    WHERE (d.document_id, d.version) = (x.document_id, x.version);
ALTER TABLE documents_closed ALTER COLUMN submitter SET NOT NULL, ENABLE TRIGGER documents_closed_stand,
    DROP CONSTRAINT documents_closed_pkey, ADD PRIMARY KEY (submitter, document_id, version),
    ADD FOREIGN KEY (submitter, document_id, version) REFERENCES documents;

ALTER TABLE dead_letters ADD COLUMN sha256 bytea, ADD COLUMN size bigint NOT NULL DEFAULT 0,
    ADD COLUMN whole boolean NOT NULL DEFAULT true;
UPDATE dead_letters SET sha256 = sha256(value), size = octet_length(value) WHERE value IS NOT NULL;
"""

# Where two submitters use one document id, the way back would lose a document: it fails on the old key.
DOWNGRADE = """
ALTER TABLE dead_letters DROP COLUMN sha256, DROP COLUMN size, DROP COLUMN whole;
ALTER TABLE documents_closed DROP CONSTRAINT documents_closed_submitter_document_id_version_fkey,
    DROP CONSTRAINT documents_closed_pkey, ADD PRIMARY KEY (document_id, version), DROP COLUMN submitter;
DROP INDEX documents_id;
ALTER TABLE documents DROP CONSTRAINT documents_pkey, ADD PRIMARY KEY (document_id, version);
ALTER TABLE documents_closed ADD FOREIGN KEY (document_id, version) REFERENCES documents;
"""


def upgrade() -> None:
    """Lengthen the key, and add the columns."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Go back to the shorter key."""
    op.execute(DOWNGRADE)
