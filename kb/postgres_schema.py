"""Tables of a library on a PostgreSQL server: the columns of the file, and an index of words.

Full-text search of PostgreSQL ranks otherwise than FTS5, so the postings are kept as FTS5 cuts and
counts them. A migration is never edited after a release: a later one changes what it made.
"""

CREATE_LIBRARY = """
CREATE FUNCTION json_extract(document text, path text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT document::json #>> string_to_array(substr(path, 3), '.') $$;
CREATE TABLE documents (
  number bigint NOT NULL UNIQUE,
  id text COLLATE "C" PRIMARY KEY, pack text COLLATE "C" NOT NULL,
  title text COLLATE "C" NOT NULL, digest text COLLATE "C" NOT NULL,
  media_type text COLLATE "C", status text COLLATE "C", kind text COLLATE "C",
  language text COLLATE "C", details text COLLATE "C", text text COLLATE "C" NOT NULL,
  original bytea NOT NULL, added text COLLATE "C");
CREATE INDEX documents_pack ON documents (pack, id);
CREATE TABLE passages (
  rowid bigint PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE,
  document text COLLATE "C" NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  title text COLLATE "C", aliases text COLLATE "C", heading text COLLATE "C",
  section text COLLATE "C", page integer, start integer, "end" integer,
  text text COLLATE "C" NOT NULL, population text COLLATE "C", setting text COLLATE "C",
  digest text COLLATE "C" NOT NULL, tokens integer NOT NULL);
CREATE INDEX passages_document ON passages (document);
CREATE TABLE packs (
  id text COLLATE "C" PRIMARY KEY, digest text COLLATE "C", added text COLLATE "C");
CREATE TABLE vectors (
  passage bigint NOT NULL REFERENCES passages (rowid) ON DELETE CASCADE,
  encoder text COLLATE "C" NOT NULL, scale double precision NOT NULL, vector bytea NOT NULL,
  PRIMARY KEY (encoder, passage));
CREATE INDEX vectors_passage ON vectors (passage);
CREATE TABLE name_vectors (
  document text COLLATE "C" NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  encoder text COLLATE "C" NOT NULL, scales bytea NOT NULL, vectors bytea NOT NULL,
  PRIMARY KEY (encoder, document));
CREATE INDEX name_vectors_document ON name_vectors (document);
"""
"""`json_extract` is SQLite's, so that one SQL serves both; of paths it knows `$.name.name`."""

CREATE_WORDS = """
CREATE TABLE postings (
  term text COLLATE "C" NOT NULL, col text COLLATE "C" NOT NULL,
  document bigint NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
  doc integer NOT NULL, cnt integer NOT NULL, hits bytea NOT NULL, places bytea NOT NULL,
  PRIMARY KEY (term, document, col));
CREATE INDEX postings_document ON postings (document);
CREATE TABLE words (
  term text COLLATE "C", col text COLLATE "C", doc bigint NOT NULL, cnt bigint NOT NULL,
  PRIMARY KEY (term, col));
CREATE FUNCTION words_come() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO words (term, col, doc, cnt)
    SELECT term, col, sum(doc), sum(cnt) FROM come GROUP BY term, col
    ON CONFLICT (term, col) DO UPDATE
      SET doc = words.doc + excluded.doc, cnt = words.cnt + excluded.cnt;
  RETURN NULL; END $$;
CREATE FUNCTION words_go() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  UPDATE words SET doc = words.doc - g.doc, cnt = words.cnt - g.cnt
    FROM (SELECT term, col, sum(doc) AS doc, sum(cnt) AS cnt FROM gone GROUP BY term, col) AS g
    WHERE words.term = g.term AND words.col = g.col;
  DELETE FROM words USING (SELECT DISTINCT term, col FROM gone) AS g
    WHERE words.term = g.term AND words.col = g.col AND words.doc = 0;
  RETURN NULL; END $$;
CREATE TRIGGER postings_come AFTER INSERT ON postings REFERENCING NEW TABLE AS come
  FOR EACH STATEMENT EXECUTE FUNCTION words_come();
CREATE TRIGGER postings_go AFTER DELETE ON postings REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION words_go();
CREATE TABLE totals (passages bigint NOT NULL, tokens bigint NOT NULL);
INSERT INTO totals VALUES (0, 0);
CREATE FUNCTION totals_grow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  UPDATE totals SET passages = totals.passages + c.n, tokens = totals.tokens + c.t
    FROM (SELECT count(*) AS n, coalesce(sum(tokens), 0) AS t FROM come) AS c;
  RETURN NULL; END $$;
CREATE FUNCTION totals_shrink() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  UPDATE totals SET passages = totals.passages - g.n, tokens = totals.tokens - g.t
    FROM (SELECT count(*) AS n, coalesce(sum(tokens), 0) AS t FROM gone) AS g;
  RETURN NULL; END $$;
CREATE TRIGGER passages_come AFTER INSERT ON passages REFERENCING NEW TABLE AS come
  FOR EACH STATEMENT EXECUTE FUNCTION totals_grow();
CREATE TRIGGER passages_go AFTER DELETE ON passages REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION totals_shrink();
"""
"""`words` is what FTS5's vocabulary says of its index; `hits` and `places` are laid out by
`kb/postgres_words.py`."""

LOG_VECTOR_CHANGES = """
CREATE TABLE vector_changes (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, passage bigint NOT NULL,
  mark text COLLATE "C" NOT NULL
    DEFAULT substr(replace(gen_random_uuid()::text, '-', ''), 1, 16));
INSERT INTO vector_changes (passage) VALUES (0);
CREATE FUNCTION vectors_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO vector_changes (passage) SELECT passage FROM changed ORDER BY passage;
  RETURN NULL; END $$;
CREATE TRIGGER vectors_insert AFTER INSERT ON vectors REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION vectors_changed();
CREATE TRIGGER vectors_update AFTER UPDATE ON vectors REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION vectors_changed();
CREATE TRIGGER vectors_delete AFTER DELETE ON vectors REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION vectors_changed();
"""
"""Whatever happens to vectors, so that every machine can follow; see `kb/vector_rows.py`."""

SERVER_MIGRATIONS: tuple[str, ...] = (CREATE_LIBRARY, CREATE_WORDS, LOG_VECTOR_CHANGES)
"""All migrations; the table `versions` has a row for each that has run."""

VERSIONS = (
    "CREATE TABLE IF NOT EXISTS versions"
    " (number integer PRIMARY KEY, added timestamptz NOT NULL DEFAULT now())"
)
WRITE_LOCK = "LOCK TABLE totals IN SHARE ROW EXCLUSIVE MODE"
"""Writers wait for one another, as those of a file do: the log of changes must grow in the order in
which changes become visible, and passages are numbered without gaps."""
