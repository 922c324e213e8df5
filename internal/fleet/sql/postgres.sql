-- One row for each report, from what `wsdoctor … -o summary` prints (wsdoctor.summary/v1).
CREATE TABLE IF NOT EXISTS wsdoctor_summary (
  run        text PRIMARY KEY,
  made_at    timestamptz NOT NULL,
  desk       text NOT NULL,
  site       text NOT NULL,
  culprit    text NOT NULL,
  status     text NOT NULL,
  layer      text NOT NULL,
  code       text NOT NULL,
  demo       text NOT NULL,
  redacted   text NOT NULL,
  record     jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS wsdoctor_summary_desk ON wsdoctor_summary (desk, made_at DESC, run DESC);

-- To load a file of them: psql -v ON_ERROR_STOP=1 -c '\copy wsdoctor_line (line) FROM summaries.ndjson WITH (FORMAT csv, QUOTE E''\x01'', DELIMITER E''\x02'')'
CREATE TABLE IF NOT EXISTS wsdoctor_line (line text NOT NULL);
-- wsdoctor: load
INSERT INTO wsdoctor_summary
SELECT r->>'run', (r->>'at')::timestamptz, r->>'desk', r->>'site', r->>'culprit', r->>'status', coalesce(r->>'layer', ''),
       r->>'code', coalesce(r->>'demo', ''), coalesce(r->>'redacted', ''), r
FROM (SELECT line::jsonb AS r FROM wsdoctor_line) AS lines
WHERE r->>'schema' = 'wsdoctor.summary/v1'
ON CONFLICT (run) DO NOTHING;
TRUNCATE wsdoctor_line;

-- How many desks one thing keeps away, and since when: what `wsdoctor fleet --unweighed` says.
-- wsdoctor: groups
WITH reports AS (
  SELECT *, row_number() OVER (PARTITION BY desk ORDER BY made_at DESC, run COLLATE "C" DESC) AS latest,
         min(made_at) OVER (PARTITION BY desk, status, layer, code, culprit, redacted) AS since
  FROM wsdoctor_summary WHERE demo = ''
)
SELECT status, layer, code, culprit, count(*) AS desks, count(DISTINCT site) AS sites, min(since) AS since, max(made_at) AS last
FROM reports WHERE latest = 1
GROUP BY status, layer, code, culprit, redacted
ORDER BY array_position(ARRAY['fault', 'degraded', 'inconclusive', 'ok'], status), desks DESC, code, culprit;
